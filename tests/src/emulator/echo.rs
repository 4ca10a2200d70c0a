//! Servers that repeat what they were sent: in each member of an error, in a page, and in headers.

use super::server::{Request, Response};
use serde_json::json;

/// Headers of answers that clients show to those who look for help.
const HEADERS: [&str; 4] = ["x-vss-e2eid", "x-msedge-ref", "x-github-request-id", "x-ms-request-id"];

/// Longer headers are refused by clients.
const LONGEST_HEADER: usize = 4000;

/// An answer that holds everything of the request, in the shape that its content type asks for.
pub(super) fn answer(status: u16, content_type: &str, request: &Request) -> Response {
    let pairs = [&request.headers, &request.query, &request.form()];
    let decoded: Vec<&str> = pairs.into_iter().flatten().map(|(_, value)| value.as_str()).collect();
    let said = format!("{} {}", decoded.join(" , "), String::from_utf8_lossy(&request.body));
    let body = match content_type {
        "application/json" if status < 300 => json!({
            "access_token": "a-token-that-is-none", "expires_in": said, "expires_on": said, "message": said,
        })
        .to_string(),
        "application/json" => json!({
            "error": said, "error_description": format!("AADSTS90014: {said}"), "suberror": said, "claims": said,
            "correlation_id": said, "trace_id": said, "error_codes": [90_014],
        })
        .to_string(),
        // As the resource providers of Azure do.
        "application/problem+json" => json!({ "error": { "code": "Bad", "message": said } }).to_string(),
        "text/html" => {
            let escaped = said.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            format!("<!DOCTYPE html><title>Error</title><pre>{escaped}</pre>")
        }
        // Where the answer is cut falls on another place of the request for each padding.
        _ => (0..9).map(|line| format!("{}{said}\n", "-".repeat(line * 7))).collect(),
    };
    let header: String = said.chars().filter(char::is_ascii_graphic).take(LONGEST_HEADER).collect();
    let response = Response::new(status, content_type, body);
    HEADERS.iter().fold(response, |response, name| response.header(name, &header))
}
