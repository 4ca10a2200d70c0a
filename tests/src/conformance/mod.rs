//! Replay of recorded runs.
