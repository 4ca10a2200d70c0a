//! A scripted host: every request, command, file and second that a credential sees comes from a test.
//!
//! A [`World`] holds the clock, the files, the environment and the answers; the `ScriptedHost` of each flavour lets
//! credentials live in it. Nothing touches the real clock, disk or network, and a sleep takes no time.
//!
//! ```
//! use identity_core::{ClientSecret, TokenRequest, blocking::Credential};
//! use identity_testing::scripted::{World, blocking::ScriptedHost};
//!
//! let world = World::new();
//! world.answer_json(200, r#"{"access_token":"t","expires_in":3600,"token_type":"Bearer"}"#);
//! let source = ClientSecret::new("contoso.example", "app", "a throw-away secret");
//! let credential = Credential::on(ScriptedHost::new(&world), source).build()?;
//! let token = credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"]))?;
//! assert_eq!(token.secret(), "t");
//! assert_eq!(world.requests().len(), 1);
//! # Ok::<(), identity_core::Error>(())
//! ```

mod answers;
mod files;
mod script;
mod timers;
mod world;

pub use answers::Answers;
pub(crate) use script::pairs;
pub use script::{Ran, Script, Sent};
pub use world::World;

#[path = "flavoured"]
#[allow(
    unused_imports,
    clippy::needless_lifetimes,
    clippy::unused_unit,
    reason = "the rewrite to blocking code leaves no futures, but lifetimes and units"
)]
pub mod blocking {
    //! The host without a runtime. A sleep moves the virtual clock at once.

    use maybe_async::must_be_sync as flavour;

    #[path = "mod.rs"]
    mod host;
    #[path = "task_blocking.rs"]
    mod task;

    pub use host::ScriptedHost;
}

#[path = "flavoured"]
#[allow(clippy::duplicate_mod, reason = "one source text, two flavours")]
pub mod asynchronous {
    //! The host with its own small executor: [`ScriptedHost::block_on`].

    use maybe_async::must_be_async as flavour;

    #[path = "mod.rs"]
    mod host;
    #[path = "task_async.rs"]
    mod task;

    pub use host::ScriptedHost;
}
