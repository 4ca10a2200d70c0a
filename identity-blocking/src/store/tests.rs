//! The store in a directory of its own: permissions, locks, interruptions, clear text only when allowed.

use super::*;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// A directory of its own for each test, removed in the end.
struct Home(PathBuf);

impl Home {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let unique = format!("identity-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(unique);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn env(&self) -> Env {
        [("HOME".to_owned(), self.0.to_str().unwrap().to_owned())]
            .into_iter()
            .collect::<Env>()
            .on(Platform::Linux)
    }

    fn store(&self) -> SystemStore {
        SystemStore::from_env(&self.env()).unwrap().unencrypted()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(".IdentityService").join(name)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn set(store: &SystemStore, text: &'static str) -> Result<()> {
    store.change("c", &|_| text.as_bytes().to_vec())
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
#[cfg(unix)]
fn what_is_written_is_read_and_is_its_owners_only() {
    let home = Home::new();
    assert_eq!(home.store().get("c").unwrap(), None);
    set(&home.store(), "one").unwrap();
    home.store().change("c", &|before| [before.unwrap(), b"+two"].concat()).unwrap();
    assert_eq!(home.store().get("c").unwrap().unwrap(), b"one+two");
    assert_eq!((mode(&home.file("c")), mode(home.file("c").parent().unwrap())), (0o600, 0o700));
    assert!(!home.file("c.lockfile").exists() && !home.file("c.tmp").exists());
}

#[test]
fn what_stays_the_same_is_not_written() {
    let home = Home::new();
    let same = |before: Option<&[u8]>| before.unwrap_or_default().to_vec();
    home.store().change("c", &same).unwrap();
    assert!(!home.file("c").exists());
    set(&home.store(), "one").unwrap();
    fs::File::options()
        .write(true)
        .open(home.file("c"))
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH)
        .unwrap();
    home.store().change("c", &same).unwrap();
    assert_eq!(fs::metadata(home.file("c")).unwrap().modified().unwrap(), std::time::UNIX_EPOCH);
}

#[test]
fn what_an_ended_process_left_is_no_obstacle() {
    let home = Home::new();
    set(&home.store(), "old").unwrap();
    fs::write(home.file("c.tmp"), "half of the n").unwrap();
    assert_eq!(home.store().get("c").unwrap().unwrap(), b"old");
    // Also by a clock that was set back since.
    let to_come = std::time::SystemTime::now() + Duration::from_secs(86_400);
    for (time, text) in [(std::time::UNIX_EPOCH, "new"), (to_come, "newer")] {
        let abandoned = fs::File::create(home.file("c.lockfile")).unwrap();
        abandoned.set_modified(time).unwrap();
        set(&home.store(), text).unwrap();
        assert_eq!(home.store().get("c").unwrap().unwrap(), text.as_bytes());
    }
}

#[test]
fn a_lock_that_somebody_holds_is_waited_for_and_not_for_ever() {
    let home = Home::new();
    let path = home.file("c");
    file::make_directory(path.parent().unwrap()).unwrap();
    let held = lock::exclusive(&path, Duration::ZERO).unwrap();
    let error = lock::exclusive(&path, Duration::from_millis(20)).map(drop).unwrap_err();
    assert!(error.kind() == ErrorKind::TimedOut && error.message().contains("lockfile"), "{error}");
    drop(held);
    assert!(lock::exclusive(&path, Duration::ZERO).is_ok());
}

#[test]
fn a_turn_is_waited_for_by_nobody_else_and_leaves_nothing_behind() {
    let home = Home::new();
    let path = home.file("c");
    file::make_directory(path.parent().unwrap()).unwrap();
    let held = turn::wait(&path, "s", Duration::ZERO).unwrap();
    assert!(turn::wait(&path, "s", Duration::from_millis(20)).is_none());
    // Somebody who shares the file by accident.
    let met = |other: &String| turn::wait(&path, other, Duration::ZERO).is_none();
    let stranger = (0..).map(|number| format!("other {number}")).find(met).unwrap();
    let (started, limit) = (Instant::now(), Duration::from_secs(60));
    assert!(turn::wait(&path, &stranger, limit).is_none() && started.elapsed() < limit);
    let files = || fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(files(), 1);
    drop(held);
    assert_eq!(files(), 0);
    assert!(turn::wait(&path, "s", Duration::ZERO).is_some());
}

#[test]
fn of_those_who_want_the_same_turn_one_has_it() {
    let home = Home::new();
    let path = home.file("c");
    file::make_directory(path.parent().unwrap()).unwrap();
    let busy = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let turn = turn::wait(&path, "s", Duration::from_secs(600)).unwrap();
                    assert_eq!(busy.fetch_add(1, Ordering::SeqCst), 0);
                    std::thread::yield_now();
                    busy.fetch_sub(1, Ordering::SeqCst);
                    drop(turn);
                }
            });
        }
    });
}

#[test]
fn changes_of_many_threads_are_all_there() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    home.store().change("c", &|before| [before.unwrap_or_default(), b"x"].concat()).unwrap();
                }
            });
        }
    });
    assert_eq!(home.store().get("c").unwrap().unwrap().len(), 100);
}

/// Pipes that nobody opens at their other ends.
#[cfg(unix)]
fn pipes(paths: &[PathBuf]) {
    paths.iter().for_each(|path| drop(fs::remove_file(path)));
    assert!(std::process::Command::new("mkfifo").args(paths).status().unwrap().success());
}

#[test]
#[cfg(unix)]
fn pipes_in_the_place_of_files_are_not_waited_for() {
    let home = Home::new();
    set(&home.store(), "x").unwrap();
    let (store, file) = (home.store(), home.file("c"));
    let (sender, over) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let turns = (0..256).map(|turn| format!(".turn{turn:x}"));
        let others = turns.chain([".lockfile".to_owned()]).map(|suffix| file::beside(&file, &suffix));
        pipes(&others.collect::<Vec<_>>());
        let (locked, turn) = (set(&store, "y"), turn::wait(&file, "s", Duration::ZERO));
        pipes(std::slice::from_ref(&file));
        sender.send((locked, turn.is_some(), store.get("c"), file::signal(&file))).unwrap();
    });
    let (locked, turn, read, signalled) = over.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(locked.is_err() && !turn && signalled.is_err());
    assert!(read.unwrap_err().message().ends_with("not a regular file"));
}

#[test]
fn a_corrupt_file_is_kept_beside() {
    let home = Home::new();
    set(&home.store(), "garbage").unwrap();
    home.store().put_aside("c", b"other bytes").unwrap();
    assert!(home.file("c").exists(), "it changed in the meantime");
    home.store().put_aside("c", b"garbage").unwrap();
    let names = fs::read_dir(home.file("c").parent().unwrap()).unwrap();
    let names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.len() == 1 && names[0].starts_with("c.corrupt-"), "{names:?}");
}

#[test]
fn clear_text_needs_permission() {
    let home = Home::new();
    let store = SystemStore::from_env(&home.env()).unwrap();
    let started = Instant::now();
    let error = set(&store, "x").unwrap_err();
    assert!(error.message().contains("allow_unencrypted_storage"), "{error}");
    assert!(store.get("c").is_err() && !home.file("c").exists());
    assert!(started.elapsed() < Duration::from_secs(10));
    set(&store.allow_unencrypted_storage(), "x").unwrap();
    assert!(home.file("c").exists());
}

#[test]
fn names_stay_in_the_directory() {
    let home = Home::new();
    for bad in ["", "../x", "a/b", "a\\b", ".x", "a\0b"] {
        assert!(home.store().get(bad).is_err(), "{bad:?}");
    }
    assert!(SystemStore::from_env(&Env::empty()).is_err());
}
