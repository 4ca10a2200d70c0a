//! Which processor a thread runs on: wherever the system happens to put client and server changes a round trip fivefold.

/// Does `work` with this thread, and those it starts, on one processor. Where that cannot be told, anywhere.
#[cfg(target_os = "linux")]
pub(crate) fn on_processor<T>(index: usize, work: impl FnOnce() -> T) -> T {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let Ok(allowed) = sched_getaffinity(None) else { return work() };
    let usable: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu)).collect();
    let mut one = CpuSet::new();
    one.set(usable[index % usable.len()]);
    let _ = sched_setaffinity(None, &one);
    let result = work();
    let _ = sched_setaffinity(None, &allowed);
    result
}

/// Does `work`.
#[cfg(not(target_os = "linux"))]
pub(crate) fn on_processor<T>(_index: usize, work: impl FnOnce() -> T) -> T {
    work()
}
