//! What the browser shows at the end of a sign-in.

use std::sync::Arc;

/// The pages at the end of a sign-in, HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    success: Arc<str>,
    failure: Arc<str>,
}

impl Page {
    /// Pages of your own. The reason of a failure is not for the page: the program gets it as an error.
    pub fn new(success: impl Into<Arc<str>>, failure: impl Into<Arc<str>>) -> Self {
        Self { success: success.into(), failure: failure.into() }
    }

    pub(super) fn of(&self, success: bool) -> &str {
        if success { &self.success } else { &self.failure }
    }
}

impl Default for Page {
    /// Plain pages that say what happened and that the window can be closed.
    fn default() -> Self {
        Self::new(
            html("Signed in", "You are signed in. You can close this window and go back to the program."),
            html(
                "Not signed in",
                "The sign-in did not succeed. Go back to the program: it says why. You can close this window.",
            ),
        )
    }
}

fn html(title: &str, text: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\n\
         <style>body{{font-family:sans-serif;max-width:40em;margin:15vh auto;padding:0 1em}}</style></head>\n\
         <body><h1>{title}</h1><p>{text}</p></body>\n</html>\n"
    )
}
