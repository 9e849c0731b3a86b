//! The background jobs: checkpoints, deletion of expired rows, following other processes' changes.

mod running;
mod sweep;
