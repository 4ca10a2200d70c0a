//! A directory with tools of our own making, and an environment whose `PATH` leads there.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::identity::Env;

pub(super) struct Sandbox(PathBuf);

impl Sandbox {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("{}-{}-{}", module_path!(), std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name.replace(':', "_"));
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// A program that is this shell script.
    pub(super) fn tool(&self, name: &str, script: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// What a script wrote into a file of its home.
    pub(super) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }

    /// The tools, what scripts need, and a home.
    pub(super) fn env(&self) -> Env {
        let (home, path) = (self.0.display().to_string(), format!("{}:/usr/bin:/bin", self.0.display()));
        Env::from_iter([("HOME", home), ("PATH", path)])
    }

    /// Waits for the process whose number a script wrote into a file to end; at most 5 s.
    pub(super) fn ends(&self, file: &str) -> bool {
        let pid = self.file(file);
        assert!(pid.trim().parse::<u32>().is_ok(), "the script wrote no number: {pid:?}");
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(5) {
            if !is_running(pid.trim()) {
                return true;
            }
            std::thread::yield_now();
        }
        false
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether there is such a process and it is more than an entry that nobody has collected.
fn is_running(pid: &str) -> bool {
    let output = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid]).output();
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X'])),
        Err(_) if Path::new("/proc/self").exists() => false,
        Err(_) => output.is_ok_and(|output| {
            let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            !state.is_empty() && !state.starts_with('Z')
        }),
    }
}
