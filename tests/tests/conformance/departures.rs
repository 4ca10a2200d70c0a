//! Alternatives and documented departures: one of a pair must be satisfied, and nothing departs silently.

use serde_json::{Value, json};

use crate::vectors::{run, with};

fn row(vectors: &str, rule: &str, point: &str, reason: &str) -> String {
    let header = "| vectors | rule | point | reason |\n| --- | --- | --- | --- |";
    format!("{header}\n| {vectors} | {rule} | {point} | {reason} |\n")
}

/// A vector that is not replayed as recorded: it wants another token.
fn wrong(id: &str) -> Value {
    let mut vector = with("/steps/0/result/token", json!("T2"));
    vector["id"] = json!(id);
    vector
}

fn right(id: &str) -> Value {
    with("/id", json!(id))
}

fn last_line(vectors: &[Value], departures: &str) -> String {
    run(vectors, departures).text(false).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn one_of_a_pair_must_be_satisfied() {
    let pair = |mut first: Value, mut second: Value| {
        first["alternatives"] = json!("own/pair");
        second["alternatives"] = json!("own/pair");
        last_line(&[first, second], "")
    };
    assert_eq!(pair(wrong("own/pair"), right("own/pair#sync")), "2 passed, 0 failed, 0 skipped");
    assert_eq!(pair(right("own/pair"), wrong("own/pair#sync")), "2 passed, 0 failed, 0 skipped");
    assert_eq!(pair(wrong("own/pair"), wrong("own/pair#sync")), "0 passed, 2 failed, 0 skipped");
}

#[test]
fn a_departure_with_a_reason_is_skipped_and_shown() {
    let departures = row("`own/a`", "", "19.1", "the other token is better");
    let report = run(&[wrong("own/a"), wrong("own/b")], &departures);
    assert_eq!(report.departed.len(), 2);
    assert!(report.text(false).contains("2 of the skipped ones depart"), "{}", report.text(false));
    assert!(report.text(false).ends_with("0 passed, 2 failed, 2 skipped\n"), "{}", report.text(false));
}

#[test]
fn a_departure_without_a_reason_is_a_failure() {
    assert_eq!(
        last_line(&[wrong("own/a")], &row("`own/a`", "", "19.1", "")),
        "0 passed, 3 failed, 0 skipped"
    );
    assert_eq!(
        last_line(&[wrong("own/a")], &row("`own/a`", "", "", "the other token is better")),
        "0 passed, 3 failed, 0 skipped"
    );
}

#[test]
fn a_departure_that_no_longer_departs_is_a_failure() {
    let departures = row("`own/a`", "", "19.1", "the other token is better");
    assert_eq!(last_line(&[right("own/a")], &departures), "2 passed, 1 failed, 0 skipped");
    // Vectors that are not replayed say nothing about it.
    assert_eq!(last_line(&[right("own/b")], &departures), "2 passed, 0 failed, 0 skipped");
}

#[test]
fn a_rule_covers_unseen_vectors_that_differ_in_the_same_way() {
    let rule = |rule: &str| row("`own/a`", rule, "19.1", "the other token is better");
    let covered = "0 passed, 0 failed, 2 skipped";
    let failed = "0 passed, 2 failed, 0 skipped";
    let unseen = [wrong("own/unseen")];
    assert_eq!(last_line(&unseen, &rule("`tag:own` `differs:result`")), covered);
    assert_eq!(
        last_line(&unseen, &rule("`id:own/un*` `source:aio` `differs:time` `differs:result`")),
        covered
    );
    assert_eq!(last_line(&unseen, &rule("`tag:own` `differs:extra-request`")), failed);
    assert_eq!(last_line(&unseen, &rule("`tag:other` `differs:result`")), failed);
    assert_eq!(last_line(&unseen, &rule("`source:sync` `differs:result`")), failed);
    assert_eq!(
        last_line(&[right("own/unseen")], &rule("`tag:own` `differs:result`")),
        "2 passed, 0 failed, 0 skipped"
    );
}
