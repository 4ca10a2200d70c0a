//! What a developer tool prints, read for as long as somebody wants it and no longer.

#[cfg(unix)]
pub(super) use polled::Streams;
#[cfg(not(unix))]
pub(super) use threads::Streams;

/// Pipes that do not block, read by the thread that waits: what something else still holds on to is simply let go.
#[cfg(unix)]
mod polled {
    use std::fs::File;
    use std::io::{self, ErrorKind, Read};
    use std::os::fd::OwnedFd;
    use std::process::Child;
    use std::time::Duration;

    use identity_core::effect::CommandError;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::{Errno, ioctl_fionbio};

    /// Standard output and standard error of a program.
    pub(in super::super) struct Streams {
        streams: [Stream; 2],
        limit: usize,
    }

    impl Streams {
        /// Those of a child, with at most `limit` bytes each.
        pub(in super::super) fn of(child: &mut Child, limit: usize) -> io::Result<Self> {
            let stdout = Stream::new(child.stdout.take().map(OwnedFd::from))?;
            let stderr = Stream::new(child.stderr.take().map(OwnedFd::from))?;
            Ok(Self { streams: [stdout, stderr], limit })
        }

        /// Waits for output or its end, at most for `pause`, and tells whether there was any.
        pub(in super::super) fn wait(&mut self, pause: Duration) -> Result<bool, CommandError> {
            let open = self.streams.iter().filter_map(|stream| stream.pipe.as_ref());
            let mut open: Vec<PollFd<'_>> = open.map(|pipe| PollFd::new(pipe, PollFlags::IN)).collect();
            let pause = Timespec::try_from(pause).map_err(io::Error::other)?;
            match poll(&mut open, Some(&pause)) {
                Ok(0) | Err(Errno::INTR) => return Ok(false),
                Ok(_) => {}
                Err(error) => return Err(io::Error::from(error).into()),
            }
            for stream in &mut self.streams {
                stream.read(self.limit)?;
            }
            Ok(true)
        }

        pub(in super::super) fn are_open(&self) -> bool {
            self.streams.iter().any(|stream| stream.pipe.is_some())
        }

        /// What has arrived.
        pub(in super::super) fn texts(self) -> [Vec<u8>; 2] {
            self.streams.map(|stream| stream.text)
        }
    }

    struct Stream {
        /// `None` after its end.
        pipe: Option<File>,
        text: Vec<u8>,
    }

    impl Stream {
        fn new(pipe: Option<OwnedFd>) -> io::Result<Self> {
            if let Some(pipe) = &pipe {
                ioctl_fionbio(pipe, true)?;
            }
            Ok(Self { pipe: pipe.map(File::from), text: Vec::new() })
        }

        /// Reads what is there.
        fn read(&mut self, limit: usize) -> Result<(), CommandError> {
            let mut chunk = [0; 8192];
            while let Some(pipe) = &mut self.pipe {
                match pipe.read(&mut chunk) {
                    Ok(0) => self.pipe = None,
                    Ok(length) => {
                        self.text.extend_from_slice(chunk.get(..length).unwrap_or_default());
                        if self.text.len() > limit {
                            return Err(CommandError::TooMuchOutput(limit));
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => self.pipe = None,
                }
            }
            Ok(())
        }
    }
}

/// Pipes that only block, read by a thread each. What holds on to them is ended with the tool, and the threads with it.
#[cfg(not(unix))]
mod threads {
    use std::io::{self, ErrorKind, Read};
    use std::process::Child;
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::sync::{Arc, Mutex, PoisonError};
    use std::thread;
    use std::time::Duration;

    use identity_core::effect::CommandError;

    /// Standard output and standard error of a program.
    pub(in super::super) struct Streams {
        texts: [Text; 2],
        limit: usize,
        open: usize,
        /// For each stream that ends, whether there was more than the limit.
        ended: Receiver<bool>,
        /// Lives on here, so that a wait lasts also after the last stream has ended.
        _ends: Sender<bool>,
    }

    type Text = Arc<Mutex<Vec<u8>>>;

    impl Streams {
        /// Those of a child, with at most `limit` bytes each.
        pub(in super::super) fn of(child: &mut Child, limit: usize) -> io::Result<Self> {
            let (ends, ended) = mpsc::channel();
            let stdout = child.stdout.take().map(|stream| read(stream, limit, ends.clone())).transpose()?;
            let stderr = child.stderr.take().map(|stream| read(stream, limit, ends.clone())).transpose()?;
            let open = usize::from(stdout.is_some()) + usize::from(stderr.is_some());
            let texts = [stdout.unwrap_or_default(), stderr.unwrap_or_default()];
            Ok(Self { texts, limit, open, ended, _ends: ends })
        }

        /// Waits for the end of a stream, at most for `pause`, and tells whether there was one.
        pub(in super::super) fn wait(&mut self, pause: Duration) -> Result<bool, CommandError> {
            match self.ended.recv_timeout(pause) {
                Ok(true) => Err(CommandError::TooMuchOutput(self.limit)),
                Ok(false) => {
                    self.open = self.open.saturating_sub(1);
                    Ok(true)
                }
                Err(_) => Ok(false),
            }
        }

        pub(in super::super) fn are_open(&self) -> bool {
            self.open > 0
        }

        /// What has arrived.
        pub(in super::super) fn texts(self) -> [Vec<u8>; 2] {
            self.texts.map(|text| std::mem::take(&mut *text.lock().unwrap_or_else(PoisonError::into_inner)))
        }
    }

    /// Reads to the end, or until there is more than `limit`.
    fn read(mut stream: impl Read + Send + 'static, limit: usize, ends: Sender<bool>) -> io::Result<Text> {
        let text = Text::default();
        let shared = text.clone();
        let work = move || {
            let mut chunk = [0; 8192];
            let overflow = loop {
                match stream.read(&mut chunk) {
                    Ok(0) => break false,
                    Ok(length) => {
                        let mut text = shared.lock().unwrap_or_else(PoisonError::into_inner);
                        text.extend_from_slice(chunk.get(..length).unwrap_or_default());
                        if text.len() > limit {
                            break true;
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => break false,
                }
            };
            // Nobody listens any more if the program was ended: nothing is lost.
            let _ = ends.send(overflow);
        };
        thread::Builder::new().name("azure-identity-tool".into()).spawn(work)?;
        Ok(text)
    }
}
