//! Schedules of sigmas.
