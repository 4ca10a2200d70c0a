//! Values in the D-Bus wire format: aligned, little-endian when written, either when read.

use super::Malformed;

/// Writes values one after another.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn align(&mut self, to: usize) -> &mut Self {
        while !self.0.len().is_multiple_of(to) {
            self.0.push(0);
        }
        self
    }

    pub(super) fn byte(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    pub(super) fn u32(&mut self, value: u32) -> &mut Self {
        self.align(4).0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// A string or an object path.
    pub(super) fn string(&mut self, text: &str) -> &mut Self {
        self.u32(length(text.len())).0.extend_from_slice(text.as_bytes());
        self.byte(0)
    }

    pub(super) fn signature(&mut self, text: &str) -> &mut Self {
        self.byte(u8::try_from(text.len()).unwrap_or(u8::MAX)).0.extend_from_slice(text.as_bytes());
        self.byte(0)
    }

    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.u32(length(value.len())).0.extend_from_slice(value);
        self
    }

    /// An array whose elements are aligned to 8: structures and dictionary entries.
    pub(super) fn array(&mut self, write: impl FnOnce(&mut Self)) -> &mut Self {
        let at = self.u32(0).0.len();
        self.align(8);
        let start = self.0.len();
        write(self);
        let size = length(self.0.len() - start).to_le_bytes();
        if let Some(place) = self.0.get_mut(at - 4..at) {
            place.copy_from_slice(&size);
        }
        self
    }
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Reads values one after another.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) big_endian: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to);
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count).ok_or(Malformed)?;
        let taken = self.bytes.get(self.at..end).ok_or(Malformed)?;
        self.at = end;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        self.take(1)?.first().copied().ok_or(Malformed)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.align(4);
        let four = self.take(4)?.try_into().map_err(|_| Malformed)?;
        Ok(if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    }

    fn size(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.u32()?).map_err(|_| Malformed)
    }

    pub(super) fn string(&mut self) -> Result<&'a str, Malformed> {
        let size = self.size()?;
        let text = std::str::from_utf8(self.take(size)?).map_err(|_| Malformed)?;
        self.take(1)?;
        Ok(text)
    }

    pub(super) fn signature(&mut self) -> Result<&'a str, Malformed> {
        let size = self.byte()?.into();
        let text = std::str::from_utf8(self.take(size)?).map_err(|_| Malformed)?;
        self.take(1)?;
        Ok(text)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let size = self.size()?;
        self.take(size)
    }

    /// An array of strings or object paths.
    pub(super) fn strings(&mut self) -> Result<Vec<String>, Malformed> {
        let size = self.size()?;
        let end = self.at.checked_add(size).filter(|end| *end <= self.bytes.len()).ok_or(Malformed)?;
        let mut all = Vec::new();
        while self.at < end {
            all.push(self.string()?.to_owned());
        }
        Ok(all)
    }
}
