"""Monte-Carlo over years: bulk renewals for independent faults, lockstep for dependent ones."""
