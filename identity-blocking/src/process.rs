//! Runs developer tools: found on absolute `PATH` entries only, without a shell, and ended with all they started.

mod streams;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use identity_core::Env;
use identity_core::effect::{Command, CommandError, CommandOutput};
use streams::Streams;

/// How long output may stay open after the tool itself has ended, because something it started holds on to it.
const GRACE: Duration = Duration::from_millis(500);

/// The longest time between two looks at a running tool.
const LOOK: Duration = Duration::from_millis(20);

/// How often a program is started that is just being written, as by an update.
const STARTS: u32 = 5;

/// The program that [`run`] would run.
pub(crate) fn find(command: &Command, env: Option<&Env>) -> Option<PathBuf> {
    let path = match command.inherited.as_ref().or(env) {
        Some(env) => env.get("PATH").map(OsString::from),
        None => std::env::var_os("PATH"),
    };
    let path = path.unwrap_or_default();
    command.programs.iter().find_map(|program| {
        let program = Path::new(program);
        if program.is_absolute() {
            return is_executable(program).then(|| program.to_owned());
        }
        // One name and nothing else: `../az` or `./az` would lead out of the directory.
        let name = program.file_name().filter(|name| *name == program.as_os_str())?;
        std::env::split_paths(&path)
            .filter(|directory| directory.is_absolute())
            .flat_map(|directory| file_names(name).into_iter().map(move |name| directory.join(name)))
            .find(|candidate| is_executable(candidate))
    })
}

/// Runs a program to its end, or ends it with everything it started once its time is over or `abandoned` says so.
pub(crate) fn run(
    command: &Command,
    env: Option<&Env>,
    abandoned: &dyn Fn() -> bool,
) -> Result<CommandOutput, CommandError> {
    let program = find(command, env).ok_or(CommandError::NotFound)?;
    log::debug!("running {}", program.display());
    let began = Instant::now();
    let mut running = Running::start(&program, command, env)?;
    let mut streams = Streams::of(&mut running.child, command.max_output)?;
    let mut ended: Option<Instant> = None;
    let mut pause = Duration::from_millis(1);
    loop {
        if ended.is_none() && group::has_ended(&mut running.child)? {
            ended = Some(Instant::now());
        }
        if ended.is_some_and(|ended| !streams.are_open() || ended.elapsed() >= GRACE) {
            break;
        }
        if began.elapsed() >= command.timeout {
            return Err(CommandError::TimedOut(command.timeout));
        }
        if abandoned() {
            return Err(CommandError::Abandoned);
        }
        if streams.wait(pause)? {
            pause = Duration::from_millis(1);
        }
        pause = (pause * 2).min(LOOK);
    }
    let code = running.reap(streams.are_open())?;
    let [stdout, stderr] = streams.texts();
    Ok(CommandOutput::new(code, stdout, stderr))
}

/// A program that is ended with everything it started, however it is left.
struct Running {
    child: Child,
    reaped: bool,
}

impl Running {
    fn start(program: &Path, command: &Command, env: Option<&Env>) -> io::Result<Self> {
        let mut process = Process::new(program);
        process.args(&command.arguments).current_dir(&command.directory);
        if let Some(env) = command.inherited.as_ref().or(env) {
            process.env_clear().envs(env.variables());
        }
        process.envs(command.environment.iter().map(|(name, value)| (name, value)));
        process.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        group::separate(&mut process);
        for _ in 1..STARTS {
            match process.spawn() {
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => thread::sleep(LOOK),
                result => return result.map(|child| Self { child, reaped: false }),
            }
        }
        process.spawn().map(|child| Self { child, reaped: false })
    }

    /// The exit code of a program that has ended; what it left running is ended first if `leftovers` are in the way.
    fn reap(&mut self, leftovers: bool) -> io::Result<Option<i32>> {
        if leftovers {
            group::end(&mut self.child);
        }
        let status = self.child.wait()?;
        self.reaped = true;
        Ok(status.code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.reaped {
            group::end(&mut self.child);
            // Reaped, so that it does not stay behind as a zombie.
            if let Err(error) = self.child.wait() {
                log::warn!("the end of a developer tool cannot be awaited: {error}");
            }
        }
    }
}

/// The files that a program's name may stand for in a directory.
fn file_names(name: &OsStr) -> Vec<OsString> {
    if cfg!(windows) && Path::new(name).extension().is_none() {
        // What has no extension is a Unix script that some installers put next to the real thing.
        return ["exe", "cmd"].map(|extension| Path::new(name).with_extension(extension).into()).to_vec();
    }
    vec![name.to_owned()]
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// A process group: a program and everything it started that did not leave on purpose.
#[cfg(unix)]
mod group {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

    pub(super) fn separate(process: &mut Command) {
        process.process_group(0);
    }

    /// Does not reap: as long as the first of the group is a zombie, nobody else gets the group's number.
    pub(super) fn has_ended(child: &mut Child) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(Pid::from_child(child)), options)?.is_some())
    }

    pub(super) fn end(child: &mut Child) {
        if let Err(error) = kill_process_group(Pid::from_child(child), Signal::KILL) {
            log::debug!("a developer tool has already ended: {error}");
        }
    }
}

/// Windows ends a tree by its first process, with a program of its own.
#[cfg(windows)]
mod group {
    use std::io;
    use std::os::windows::process::CommandExt;
    use std::path::PathBuf;
    use std::process::{Child, Command, Stdio};

    const CREATE_NO_WINDOW: u32 = 0x0800_0000;

    pub(super) fn separate(process: &mut Command) {
        process.creation_flags(CREATE_NO_WINDOW);
    }

    pub(super) fn has_ended(child: &mut Child) -> io::Result<bool> {
        Ok(child.try_wait()?.is_some())
    }

    pub(super) fn end(child: &mut Child) {
        let Some(root) = std::env::var_os("SystemRoot").map(PathBuf::from) else { return drop(child.kill()) };
        let mut taskkill = Command::new(root.join("System32").join("taskkill.exe"));
        taskkill.args(["/T", "/F", "/PID", &child.id().to_string()]).creation_flags(CREATE_NO_WINDOW);
        taskkill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if !taskkill.status().is_ok_and(|status| status.success()) {
            // The tree is out of reach; its root is not.
            drop(child.kill());
        }
    }
}
