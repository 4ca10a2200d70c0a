//! A connection in TLS as ureq uses it, whichever library encrypts.

use std::fmt;
use std::io::{Read, Write};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

/// What encrypts, and the connection below it.
pub(super) trait Encrypted: Read + Write + Send + Sync + 'static {
    fn connection(&mut self) -> &mut TransportAdapter;
}

/// A connection in TLS.
pub(super) struct Stream<S> {
    buffers: LazyBuffers,
    encrypted: S,
}

impl<S: Encrypted> Stream<S> {
    /// A connection after its handshake.
    pub(super) fn boxed(encrypted: S, details: &ConnectionDetails<'_>) -> Box<dyn Transport> {
        let (input, output) = (details.config.input_buffer_size(), details.config.output_buffer_size());
        Box::new(Self { buffers: LazyBuffers::new(input, output), encrypted })
    }
}

impl<S: Encrypted> Transport for Stream<S> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.encrypted.connection().set_timeout(timeout);
        let output = &self.buffers.output()[..amount];
        self.encrypted.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.encrypted.connection().set_timeout(timeout);
        let input = self.buffers.input_append_buf();
        let amount = self.encrypted.read(input)?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.encrypted.connection().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl<S> fmt::Debug for Stream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}
