//! The pages that people see.

use super::super::server::{Pairs, Response, encode_form};

/// A form that asks for user name and password and sends them to the same address.
pub(super) fn sign_in(
    title: &str,
    fields: &str,
    problem: Option<&str>,
    prefill: Option<(&str, &str)>,
) -> Response {
    let (username, password) = prefill.unwrap_or_default();
    let problem = problem.map(|text| format!("<p role=\"alert\">{}</p>", escape(text))).unwrap_or_default();
    let submit = if prefill.is_some() { "<script>document.forms[0].submit()</script>" } else { "" };
    document(
        title,
        &format!(
            "{problem}<form method=\"post\">{fields}\
             <label>User name <input name=\"username\" autocomplete=\"off\" value=\"{}\"></label> \
             <label>Password <input name=\"password\" type=\"password\" value=\"{}\"></label> \
             <button type=\"submit\">Sign in</button></form>{submit}",
            escape(username),
            escape(password)
        ),
    )
}

/// `response_mode=form_post`: a form that sends itself to the redirect URI.
pub(super) fn form_post(redirect_uri: &str, fields: &Pairs) -> Response {
    let inputs: String = fields
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value))
        })
        .collect();
    document(
        "Working...",
        &format!(
            "<form method=\"post\" action=\"{}\">{inputs}<noscript><button type=\"submit\">Continue</button></noscript>\
             </form><script>document.forms[0].submit()</script>",
            escape(redirect_uri)
        ),
    )
}

/// `response_mode=query` or `fragment`.
pub(super) fn redirect(redirect_uri: &str, separator: char, fields: &Pairs) -> Response {
    let separator = if separator == '?' && redirect_uri.contains('?') { '&' } else { separator };
    let location = format!("{redirect_uri}{separator}{}", encode_form(fields));
    Response::html(302, "").header("Location", &location)
}

/// A page that says one thing.
pub(super) fn message(status: u16, title: &str, text: &str) -> Response {
    Response { status, ..document(title, &format!("<p>{}</p>", escape(text))) }
}

fn document(title: &str, body: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body><h1>{title}</h1>{body}</body></html>"
    );
    Response::html(200, &html).header("Cache-Control", "no-store")
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
