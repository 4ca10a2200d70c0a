//! D-Bus messages: calls that are written, replies that are read (D-Bus specification, "Message Protocol").

use super::wire::{Reader, Writer};

/// The largest message that is read, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;

/// Bytes that are no D-Bus message, or not the expected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message bus sent something that cannot be understood")]
pub struct Malformed;

/// A method call.
pub struct Call {
    pub(super) destination: &'static str,
    pub(super) path: String,
    pub(super) interface: &'static str,
    pub(super) member: &'static str,
    pub(super) signature: &'static str,
    pub(super) body: Vec<u8>,
}

impl Call {
    /// The bytes of the call. The serial must not be 0.
    pub fn message(&self, serial: u32) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(b'l').byte(1).byte(0).byte(1);
        out.u32(u32::try_from(self.body.len()).unwrap_or(u32::MAX)).u32(serial);
        let fields = [
            (1, "o", self.path.as_str()),
            (2, "s", self.interface),
            (3, "s", self.member),
            (6, "s", self.destination),
        ];
        out.array(|out| {
            for (code, kind, text) in fields {
                out.align(8).byte(code).signature(kind).string(text);
            }
            if !self.signature.is_empty() {
                out.align(8).byte(8).signature("g").signature(self.signature);
            }
        });
        out.align(8);
        out.0.extend_from_slice(&self.body);
        out.0
    }
}

/// The length of the message that begins here; `None` while too little of it is there.
///
/// # Errors
/// [`Malformed`], also for messages beyond 64 MiB.
pub fn needed(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    if bytes.len() < 16 {
        return Ok(None);
    }
    let mut reader = Reader { bytes, at: 4, big_endian: big_endian(bytes)? };
    let body = usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
    reader.u32()?;
    let fields = usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
    let total =
        16usize.checked_add(fields).and_then(|head| head.checked_next_multiple_of(8)?.checked_add(body));
    total.filter(|total| *total <= LARGEST).map(Some).ok_or(Malformed)
}

/// An answer to a call.
pub struct Reply {
    /// The serial of the call; `None` for messages that answer none.
    pub to: Option<u32>,
    /// The name of the error, such as `org.freedesktop.DBus.Error.ServiceUnknown`.
    pub error: Option<String>,
    pub(super) signature: String,
    pub(super) body: Vec<u8>,
    pub(super) big_endian: bool,
}

impl Reply {
    /// Reads a whole message.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let total = needed(bytes)?.filter(|total| *total <= bytes.len()).ok_or(Malformed)?;
        let big_endian = big_endian(bytes)?;
        let mut reader = Reader { bytes, at: 4, big_endian };
        let body_length = usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
        reader.at = 12;
        let end = 16 + usize::try_from(reader.u32()?).map_err(|_| Malformed)?;
        let mut reply =
            Self { to: None, error: None, signature: String::new(), body: Vec::new(), big_endian };
        while reader.at < end {
            reader.align(8);
            let code = reader.byte()?;
            match (reader.signature()?, code) {
                ("u", 5) => reply.to = Some(reader.u32()?),
                ("u", _) => drop(reader.u32()?),
                ("s", 4) => reply.error = Some(reader.string()?.to_owned()),
                ("s" | "o", _) => drop(reader.string()?),
                ("g", 8) => reader.signature()?.clone_into(&mut reply.signature),
                ("g", _) => drop(reader.signature()?),
                _ => return Err(Malformed),
            }
        }
        reply.body = bytes.get(total - body_length..total).ok_or(Malformed)?.to_vec();
        // Signals are none of our business, whatever serial they carry.
        if !matches!(bytes.get(1), Some(2 | 3)) {
            reply.to = None;
        }
        Ok(reply)
    }

    /// The first string of the body: what an error says.
    pub fn text(&self) -> Option<&str> {
        self.signature.starts_with('s').then(|| self.reader().string().ok()).flatten()
    }

    pub(super) fn expect(&self, signature: &str) -> Result<Reader<'_>, Malformed> {
        if self.signature == signature { Ok(self.reader()) } else { Err(Malformed) }
    }

    fn reader(&self) -> Reader<'_> {
        Reader { bytes: &self.body, at: 0, big_endian: self.big_endian }
    }
}

fn big_endian(bytes: &[u8]) -> Result<bool, Malformed> {
    match bytes.first() {
        Some(b'l') => Ok(false),
        Some(b'B') => Ok(true),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call {
            destination: "a.b",
            path: "/p".into(),
            interface: "i.f",
            member: "M",
            signature: "s",
            body: {
                let mut body = Writer::default();
                body.string("hello");
                body.0
            },
        }
    }

    #[test]
    fn a_message_knows_its_length() {
        let bytes = call().message(7);
        assert_eq!(needed(&bytes), Ok(Some(bytes.len())));
        assert_eq!(needed(&bytes[..15]), Ok(None));
        for length in 0..bytes.len() {
            assert!(Reply::read(&bytes[..length]).is_err(), "{length}");
        }
        let read = Reply::read(&bytes).unwrap();
        assert_eq!((read.text(), read.to), (Some("hello"), None));
    }

    #[test]
    fn nonsense_is_refused() {
        let mut huge = call().message(7);
        huge[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(needed(&huge), Err(Malformed));
        assert_eq!(needed(b"HTTP/1.1 400 Bad Request"), Err(Malformed));
        let good = call().message(7);
        for index in 0..good.len() {
            let mut bad = good.clone();
            bad[index] ^= 0x55;
            // Whatever comes of it, nothing panics.
            drop(Reply::read(&bad));
        }
    }
}
