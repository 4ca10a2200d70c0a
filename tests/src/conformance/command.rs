//! Whether a command is the one that a recording has, and what it did there.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity_core::effect::{Command, CommandError, CommandOutput};
use serde_json::Value;

/// Why there is no output.
pub(super) enum Refusal {
    /// The recording has this failure.
    Recorded(CommandError),
    /// The recording has something else: what, and what the difference is.
    Differs(String, String),
}

/// Takes the next command of the recording. Candidates that the recording tried one after another count as one command.
pub(super) fn run(recorded: &mut VecDeque<Value>, command: &Command) -> Result<CommandOutput, Refusal> {
    let mut found = false;
    for program in &command.programs {
        let Some(next) = recorded.front() else { break };
        let reading = match Reading::of(next, program, command) {
            Ok(reading) => reading,
            Err(_) if found || command.programs.last() != Some(program) => continue,
            Err(problem) => return Err(Refusal::Differs(next["argv"].to_string(), problem)),
        };
        let Some(next) = recorded.pop_front() else { break };
        found = true;
        match outcome(&next, reading, command) {
            Err(CommandError::NotFound) => {}
            other => return other.map_err(Refusal::Recorded),
        }
    }
    if found {
        Err(Refusal::Recorded(CommandError::NotFound))
    } else {
        Err(Refusal::Differs("no command".into(), format!("{:?} {:?}", command.programs, command.arguments)))
    }
}

/// How a recorded command line is understood.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// As it stands.
    Literal,
    /// Recorded through a shell and run without one (wire-facts 19.29).
    WithoutShell,
}

impl Reading {
    fn of(recorded: &Value, program: &str, command: &Command) -> Result<Self, String> {
        let argv = super::vector::texts(&recorded["argv"]);
        let literal: Vec<&str> = argv.iter().map(String::as_str).collect();
        let reading = match literal.as_slice() {
            ["/bin/sh", "-c", line] | ["cmd", "/c", line] if program != literal[0] => {
                let line = line.strip_suffix("& exit").unwrap_or(line);
                check_line(&line.split_whitespace().collect::<Vec<_>>(), program, command)?;
                Self::WithoutShell
            }
            line => {
                check_line(line, program, command)?;
                Self::Literal
            }
        };
        if recorded["error"] == "not_found" {
            // Nothing was run: only the name is recorded.
            return Ok(reading);
        }
        if let Some(directory) = recorded["cwd"].as_str()
            && command.directory.as_os_str() != directory
        {
            return Err(format!("it runs in {:?} in place of {directory}", command.directory));
        }
        let wanted: BTreeMap<&str, &str> = recorded["env_set"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect();
        let set: BTreeMap<&str, &str> =
            command.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if wanted == set { Ok(reading) } else { Err(format!("it sets {set:?} in place of {wanted:?}")) }
    }
}

fn check_line(line: &[&str], program: &str, command: &Command) -> Result<(), String> {
    let same_name = |expected: &str| program == expected || program.ends_with(&format!("/{expected}"));
    match line {
        [expected] if same_name(expected) => Ok(()),
        [expected, arguments @ ..] if same_name(expected) && same(arguments, &command.arguments) => Ok(()),
        _ => Err(format!("{program} {:?}", command.arguments)),
    }
}

/// Whether the arguments are equal, or run scripts that ask for the same: the text of a script is everybody's own.
fn same(recorded: &[&str], actual: &[String]) -> bool {
    if actual == recorded {
        return true;
    }
    match (recorded, actual) {
        ([flags @ .., theirs], [ours_flags @ .., ours]) if ours_flags == flags => {
            let (Some(theirs), Some(ours)) = (script(theirs), script(ours)) else { return false };
            ["resourceurl", "tenantid"].iter().all(|name| assigned(&theirs, name) == assigned(&ours, name))
        }
        _ => false,
    }
}

/// An encoded PowerShell script: base64 of UTF-16LE.
fn script(encoded: &str) -> Option<String> {
    let bytes = STANDARD.decode(encoded).ok()?;
    let units: Vec<u16> =
        bytes.chunks_exact(2).filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?))).collect();
    String::from_utf16(&units).ok()
}

/// What a script assigns to a name (in lower case) in single quotes; empty if nothing.
fn assigned<'a>(script: &'a str, name: &str) -> &'a str {
    let lower = script.to_ascii_lowercase();
    let mut values = lower.match_indices(name).filter_map(|(start, found)| {
        let rest = script.get(start + found.len()..)?.trim_start_matches(['\'', ' ']);
        rest.strip_prefix('=')?.trim_start().strip_prefix('\'')?.split('\'').next()
    });
    values.next().unwrap_or_default()
}

fn outcome(recorded: &Value, reading: Reading, command: &Command) -> Result<CommandOutput, CommandError> {
    match recorded["error"].as_str() {
        Some("timeout") => return Err(CommandError::TimedOut(command.timeout)),
        Some("cannot_execute") => {
            let cause = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
            return Err(CommandError::CannotExecute(Arc::new(cause)));
        }
        Some(_) => return Err(CommandError::NotFound),
        None => {}
    }
    let code = recorded["exit"].as_i64().and_then(|code| i32::try_from(code).ok());
    let unknown = recorded["stderr"].as_str().is_some_and(|text| text.contains("' is not recognized"));
    if reading == Reading::WithoutShell && (matches!(code, Some(127 | 9009)) || unknown) {
        return Err(CommandError::NotFound);
    }
    let text = |name: &str| recorded[name].as_str().unwrap_or_default().as_bytes().to_vec();
    Ok(CommandOutput::new(code, text("stdout"), text("stderr")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn command(programs: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new([""], "/bin");
        command.programs = programs.iter().map(|it| (*it).to_owned()).collect();
        command.arguments = arguments.iter().map(|it| (*it).to_owned()).collect();
        command
    }

    /// The exit code, the recorded failure, or `differs`; and how many recorded commands are left.
    fn ran(recorded: &[Value], command: &Command) -> (String, usize) {
        let mut recorded: VecDeque<Value> = recorded.to_vec().into();
        let text = match run(&mut recorded, command) {
            Ok(output) => format!("{:?}", output.code),
            Err(Refusal::Recorded(error)) => error.to_string(),
            Err(Refusal::Differs(..)) => "differs".into(),
        };
        (text, recorded.len())
    }

    #[test]
    fn a_command_is_the_same_or_differs() {
        let recorded = [json!({"argv": ["az", "x"], "cwd": "/bin", "exit": 3})];
        assert_eq!(ran(&recorded, &command(&["az"], &["x"])), ("Some(3)".into(), 0));
        assert_eq!(ran(&recorded, &command(&["/usr/bin/az"], &["x"])), ("Some(3)".into(), 0));
        assert_eq!(ran(&recorded, &command(&["az"], &["y"])), ("differs".into(), 1));
        assert_eq!(ran(&recorded, &command(&["azd"], &["x"])), ("differs".into(), 1));
        assert_eq!(ran(&[], &command(&["az"], &["x"])), ("differs".into(), 0));
        let mut elsewhere = command(&["az"], &["x"]);
        elsewhere.directory = "/tmp".into();
        assert_eq!(ran(&recorded, &elsewhere), ("differs".into(), 1));
        let mut coloured = command(&["az"], &["x"]);
        coloured.environment = vec![("COLOUR".into(), "1".into())];
        assert_eq!(ran(&recorded, &coloured), ("differs".into(), 1));
    }

    #[test]
    fn candidates_are_tried_in_turn() {
        let recorded = [
            json!({"argv": ["pwsh", "x"], "error": "not_found"}),
            json!({"argv": ["powershell", "x"], "exit": 0}),
        ];
        let candidates = command(&["pwsh", "powershell"], &["x"]);
        assert_eq!(ran(&recorded, &candidates), ("Some(0)".into(), 0));
        assert_eq!(ran(&recorded[..1], &candidates), ("not found on PATH".into(), 0));
    }

    #[test]
    fn a_shell_may_be_left_out() {
        let recorded = [json!({"argv": ["/bin/sh", "-c", "pwsh -x y"], "exit": 127})];
        assert_eq!(ran(&recorded, &command(&["pwsh"], &["-x", "y"])), ("not found on PATH".into(), 0));
        assert_eq!(ran(&recorded, &command(&["pwsh"], &["-x", "z"])), ("differs".into(), 1));
        assert_eq!(ran(&recorded, &command(&["/bin/sh"], &["-c", "pwsh -x y"])), ("Some(127)".into(), 0));
    }
}
