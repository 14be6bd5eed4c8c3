//! The program as a user meets it: its help, its statuses, its one line of complaint, its pictures.

mod clips;
mod clips_on;
mod failures;
mod hostile_inputs;
mod hostile_machine;
mod hostile_models;
mod models;
mod pictures;
mod program;
mod starter;
mod usage;
