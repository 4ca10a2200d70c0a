//! Which library does TLS.

/// The library that does TLS. Without a choice it is rustls, if that is compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tls {
    /// rustls with ring (feature `rustls`).
    #[cfg(feature = "rustls")]
    Rustls,
    /// The operating system's: OpenSSL, Schannel or Secure Transport (feature `native-tls`).
    #[cfg(feature = "native-tls")]
    Native,
}

impl Tls {
    /// The default of this build; `None` without any TLS.
    pub(super) const DEFAULT: Option<Self> = {
        #[cfg(feature = "rustls")]
        let default = Some(Self::Rustls);
        #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
        let default = Some(Self::Native);
        #[cfg(not(any(feature = "native-tls", feature = "rustls")))]
        let default = None;
        default
    };
}
