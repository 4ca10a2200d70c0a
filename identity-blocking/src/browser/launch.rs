//! Starting the person's browser without a shell: `BROWSER` first, then what the system has.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use identity_core::effect::Open;
use identity_core::{Env, Platform};

/// A starter that has not failed after this time has started the browser, or is it.
const STARTED: Duration = Duration::from_secs(3);

/// Opens an address in a browser, in `env` unless the effect brings its own. Nothing that a browser prints is shown. None
/// is started any more when the time is over, or once `given_up` says so.
pub(crate) fn open(open: &Open, env: &Env, given_up: impl Fn() -> bool) -> io::Result<()> {
    let (url, env) = (open.url.as_str(), open.inherited.as_ref().unwrap_or(env));
    let began = Instant::now();
    let mut last = io::Error::new(ErrorKind::NotFound, "there is none on PATH, or no display to show it on");
    for candidate in candidates(url, env) {
        if given_up() {
            return Err(ErrorKind::Interrupted.into());
        }
        let left = open.timeout.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        match start(&candidate, env, left, &given_up) {
            Ok(()) => return Ok(()),
            Err(error) => {
                log::debug!("no browser by {}: {error}", candidate.first().map_or("", String::as_str));
                if error.kind() != ErrorKind::NotFound {
                    last = error;
                }
            }
        }
    }
    Err(last)
}

/// Command lines in the order to try them.
fn candidates(url: &str, env: &Env) -> Vec<Vec<String>> {
    let line = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut found = Vec::new();
    if let Some(wish) = env.non_empty("BROWSER") {
        let separator = if env.platform() == Platform::Windows { ';' } else { ':' };
        found.extend(wish.split(separator).filter_map(|wish| wished(wish, url)));
    }
    match env.platform() {
        Platform::Windows => found.push(line(&["rundll32.exe", "url.dll,FileProtocolHandler", url])),
        Platform::MacOs => found.push(line(&["open", url])),
        _ => {
            let windows_below =
                env.non_empty("WSL_DISTRO_NAME").or_else(|| env.non_empty("WSL_INTEROP")).is_some();
            if windows_below {
                found.push(line(&["wslview", url]));
                if !url.contains(['\'', '`', '$']) {
                    let script = format!("Start-Process '{url}'");
                    found.push(line(&[
                        "powershell.exe",
                        "-NoProfile",
                        "-NonInteractive",
                        "-Command",
                        &script,
                    ]));
                }
            }
            // Without a display these would start a browser for text in the person's terminal.
            if env.non_empty("DISPLAY").or_else(|| env.non_empty("WAYLAND_DISPLAY")).is_some() {
                for program in ["xdg-open", "x-www-browser", "firefox", "chromium", "google-chrome"] {
                    found.push(line(&[program, url]));
                }
            }
        }
    }
    found
}

/// One entry of `BROWSER`: a program, perhaps with arguments, one of which may be `%s`.
fn wished(entry: &str, url: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = entry.split_whitespace().map(str::to_owned).collect();
    if !words.iter().any(|word| word.contains("%s")) {
        words.push(url.to_owned());
    }
    let command = words.iter().map(|word| word.replace("%s", url)).collect();
    (words.len() > 1).then_some(command)
}

/// Starts a browser and looks whether it fails, for as long as there is somebody who wants to know.
fn start(command: &[String], env: &Env, limit: Duration, given_up: &impl Fn() -> bool) -> io::Result<()> {
    let (program, arguments) = command.split_first().ok_or(ErrorKind::NotFound)?;
    let program = find(program, env).ok_or(ErrorKind::NotFound)?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let started = Instant::now();
    while started.elapsed() < STARTED.min(limit) && !given_up() {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(format!("it ended with {status}"))),
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
    // Whoever starts a process has to see it end.
    drop(thread::Builder::new().name("identity-browser".into()).spawn(move || child.wait()));
    Ok(())
}

/// A program by its absolute path, or in an absolute entry of `PATH`.
fn find(program: &str, env: &Env) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.is_absolute() {
        return path.is_file().then(|| path.to_owned());
    }
    if path.components().count() != 1 {
        return None;
    }
    std::env::split_paths(env.non_empty("PATH")?)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        pairs.collect::<Env>().on(Platform::Linux)
    }

    fn programs(pairs: &[(&str, &str)]) -> Vec<String> {
        candidates("https://x/?a=1&b=2", &env(pairs)).into_iter().map(|command| command.join(" ")).collect()
    }

    #[test]
    fn the_wish_of_the_person_comes_first() {
        let found = programs(&[("BROWSER", "firefox -new-tab %s:w3m"), ("DISPLAY", ":0")]);
        assert_eq!(found[..2], ["firefox -new-tab https://x/?a=1&b=2", "w3m https://x/?a=1&b=2"]);
        assert_eq!(found[2], "xdg-open https://x/?a=1&b=2");
    }

    #[test]
    fn without_a_display_nothing_is_started_unasked() {
        assert!(programs(&[("PATH", "/usr/bin")]).is_empty());
        let error = open(&Open::new("https://x/"), &env(&[]), || false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[test]
    #[cfg(unix)]
    fn no_browser_is_started_late_or_once_given_up() {
        let env = env(&[("BROWSER", "false:false"), ("PATH", "/usr/bin:/bin")]);
        let looks = std::cell::Cell::new(0);
        let after = |most: u32| {
            looks.set(0);
            open(&Open::new("https://x/"), &env, || looks.replace(looks.get() + 1) >= most)
                .unwrap_err()
                .kind()
        };
        assert_eq!((after(u32::MAX), after(0)), (ErrorKind::Other, ErrorKind::Interrupted));
        let mut late = Open::new("https://x/");
        late.timeout = Duration::ZERO;
        assert_eq!(open(&late, &env, || false).unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn the_windows_below_is_used() {
        let found = programs(&[("WSL_DISTRO_NAME", "Debian")]);
        assert!(found[1].ends_with("Start-Process 'https://x/?a=1&b=2'"), "{found:?}");
    }

    #[test]
    fn a_program_must_be_found_on_absolute_entries() {
        assert_eq!(find("sh", &env(&[("PATH", "bin:.")])), None);
        assert_eq!(find("../sh", &env(&[("PATH", "/bin")])), None);
    }
}
