//! OAuth 2.0 on the wire: a form becomes a request, an answer becomes a grant or an error.

mod answer;
pub(crate) mod excerpt;
mod form;
mod members;
pub(crate) mod redact;

pub use answer::{Expiry, answer_error, grant, read_expiry};
pub use excerpt::safe as excerpt;
pub(crate) use form::joined_scopes;
pub use form::{Form, percent_encode, query};
