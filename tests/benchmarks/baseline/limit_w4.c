/* The yardstick of the benchmark: availability of a web service over ten years, in plain C.
 *
 * System: one load balancer, three application servers of which one is enough, two caches of which
 * one is enough, one database. Exponential lives and repairs, every member new at time 0, one
 * repairer per member. Events wait in a binary heap that knows nothing about this system (any
 * number of entries, ties broken by order of scheduling), as in a general simulator: one pop and
 * one push for every failure and every repair.
 *
 * Each replication leaves its downtime and its number of outages, as the simulator's own call does.
 *
 * Build:  cc -O3 -march=native limit_w4.c -lm -o limit_w4
 * Run:    ./limit_w4 REPLICATIONS SEED
 * Prints one line of JSON; `seconds` covers the simulation only, not the start of the process.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FAILURE, REPAIR }; /* kinds of event */
enum { LB = 0, APP = 1, CACHE = 4, DB = 6, MEMBERS = 7 };

static const double HORIZON_H = 10 * 365 * 24.0;
static const double MEAN_REPAIR_H = 4.0;
static const double MEAN_LIFE_H[MEMBERS] = {39996, 3996, 3996, 3996, 3996, 3996, 7996};

/* ---- random numbers: SFC64 (Doty-Humphrey's small fast counting generator) ---- */

typedef struct {
    uint64_t a, b, c, counter;
} Luck;

static inline uint64_t next_word(Luck *luck)
{
    uint64_t word = luck->a + luck->b + luck->counter++;
    luck->a = luck->b ^ (luck->b >> 11);
    luck->b = luck->c + (luck->c << 3);
    luck->c = ((luck->c << 24) | (luck->c >> 40)) + word;
    return word;
}

static Luck new_luck(uint64_t seed)
{
    Luck luck = {seed, seed, seed, 1};
    for (int warm_up = 0; warm_up < 12; warm_up++)
        next_word(&luck);
    return luck;
}

/* 53 bits in the middle of their cells: never 0, so the logarithm is finite. */
static inline double exponential(Luck *luck, double mean)
{
    double uniform = ((double)(next_word(luck) >> 11) + 0.5) / 9007199254740992.0;
    return -mean * log(uniform);
}

/* ---- events: a growing binary heap ordered by time, then by order of scheduling ---- */

typedef struct {
    double time;
    uint32_t order;
    uint32_t what; /* kind of event in the top 4 bits, member below */
} Event;

typedef struct {
    Event *events;
    uint32_t count, room, scheduled;
} Heap;

static inline int earlier(const Event *x, const Event *y)
{
    return x->time < y->time || (x->time == y->time && x->order < y->order);
}

static inline void schedule(Heap *heap, double time, uint32_t kind, uint32_t member)
{
    if (heap->count == heap->room) {
        heap->room = heap->room ? 2 * heap->room : 256;
        heap->events = realloc(heap->events, heap->room * sizeof *heap->events);
        if (!heap->events)
            exit(EXIT_FAILURE);
    }
    Event event = {time, heap->scheduled++, kind << 28 | member};
    uint32_t hole = heap->count++;
    while (hole > 0) {
        uint32_t parent = (hole - 1) / 2;
        if (!earlier(&event, &heap->events[parent]))
            break;
        heap->events[hole] = heap->events[parent];
        hole = parent;
    }
    heap->events[hole] = event;
}

static inline Event take_first(Heap *heap)
{
    Event first = heap->events[0];
    Event last = heap->events[--heap->count];
    uint32_t hole = 0, child;
    while ((child = 2 * hole + 1) < heap->count) {
        if (child + 1 < heap->count && earlier(&heap->events[child + 1], &heap->events[child]))
            child++;
        if (!earlier(&heap->events[child], &last))
            break;
        heap->events[hole] = heap->events[child];
        hole = child;
    }
    heap->events[hole] = last;
    return first;
}

/* ---- one replication ---- */

typedef struct {
    double down_h;
    long outages;
} Replication;

static Replication replicate(Heap *heap, Luck *luck, long *changes)
{
    int up[MEMBERS] = {1, 1, 1, 1, 1, 1, 1};
    int apps = CACHE - APP, caches = DB - CACHE;
    int system_up = 1;
    double down_since = 0;
    Replication result = {0, 0};

    heap->count = 0;
    for (uint32_t member = 0; member < MEMBERS; member++)
        schedule(heap, exponential(luck, MEAN_LIFE_H[member]), FAILURE, member);
    for (;;) {
        Event event = take_first(heap);
        if (event.time >= HORIZON_H)
            break;
        uint32_t member = event.what & 0xfffffff;
        int now_up = event.what >> 28 == REPAIR;
        up[member] = now_up;
        int step = now_up ? 1 : -1;
        if (member >= APP && member < CACHE)
            apps += step;
        else if (member >= CACHE && member < DB)
            caches += step;
        double mean = now_up ? MEAN_LIFE_H[member] : MEAN_REPAIR_H;
        uint32_t next_kind = now_up ? FAILURE : REPAIR;
        schedule(heap, event.time + exponential(luck, mean), next_kind, member);
        ++*changes;

        int works = up[LB] && apps > 0 && caches > 0 && up[DB];
        if (works == system_up)
            continue;
        system_up = works;
        if (works) {
            result.down_h += event.time - down_since;
        } else {
            down_since = event.time;
            result.outages++;
        }
    }
    if (!system_up)
        result.down_h += HORIZON_H - down_since;
    return result;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void report(const Replication *all, long count, long changes, double seconds)
{
    double down = 0, squares = 0;
    long outages = 0;
    for (long k = 0; k < count; k++) {
        down += all[k].down_h;
        outages += all[k].outages;
    }
    double mean = down / (double)count;
    for (long k = 0; k < count; k++)
        squares += (all[k].down_h - mean) * (all[k].down_h - mean);
    printf("{\"seconds\": %.9f, \"replications\": %ld, \"changes\": %ld, \"mean_down_h\": %.17g, "
           "\"sd_down_h\": %.17g, \"outages\": %ld}\n",
           seconds, count, changes, mean, sqrt(squares / (double)(count - 1)), outages);
}

int main(int argc, char **argv)
{
    long count = argc == 3 ? atol(argv[1]) : 0;
    if (count < 2) {
        fprintf(stderr, "usage: %s REPLICATIONS SEED   (at least 2 replications)\n", argv[0]);
        return 2;
    }
    Luck luck = new_luck(strtoull(argv[2], NULL, 10));
    Heap heap = {NULL, 0, 0, 0};
    Replication *all = malloc((size_t)count * sizeof *all);
    if (!all)
        return 1;
    long changes = 0;
    double start = seconds_now();
    for (long k = 0; k < count; k++)
        all[k] = replicate(&heap, &luck, &changes);
    report(all, count, changes, seconds_now() - start);
    free(all);
    free(heap.events);
    return 0;
}
