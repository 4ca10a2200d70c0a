//! Listening sockets and the threads behind them.

use super::{Handler, Stop, connection};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// A port that is taken, on both loopback addresses where the machine has both, but not yet served.
#[derive(Debug)]
pub(in super::super) struct Bound {
    listeners: Vec<TcpListener>,
    port: u16,
}

/// A running server. Dropping it closes every connection and waits for its threads.
pub(in super::super) struct Server {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
    accepting: Vec<JoinHandle<()>>,
}

struct Shared {
    handler: Arc<Handler>,
    tls: Option<Arc<ServerConfig>>,
    stop: Arc<Stop>,
    accepted: AtomicU64,
    open: Mutex<HashMap<u64, TcpStream>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Bound {
    /// `port` 0 takes a free one. `localhost` may mean either address, so a port is only good if both have it.
    pub(in super::super) fn bind(port: u16) -> io::Result<Self> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            let port_taken = v4.local_addr()?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, port_taken)) {
                Ok(v6) => return Ok(Self { listeners: vec![v4, v6], port: port_taken }),
                Err(e) if e.kind() == ErrorKind::AddrInUse && port == 0 && attempts < 20 => {}
                Err(e) if e.kind() == ErrorKind::AddrInUse => return Err(e),
                // No IPv6 on this machine.
                Err(_) => return Ok(Self { listeners: vec![v4], port: port_taken }),
            }
        }
    }

    pub(in super::super) fn port(&self) -> u16 {
        self.port
    }
}

impl Server {
    pub(in super::super) fn start(
        bound: Bound,
        tls: Option<Arc<ServerConfig>>,
        stop: Arc<Stop>,
        handler: Arc<Handler>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            handler,
            tls,
            stop,
            accepted: AtomicU64::new(0),
            open: Mutex::default(),
            threads: Mutex::default(),
        });
        let mut server = Self { shared, addresses: Vec::new(), accepting: Vec::new() };
        for listener in bound.listeners {
            server.addresses.push(listener.local_addr()?);
            let shared = Arc::clone(&server.shared);
            let thread = thread::Builder::new().name("emulator-accept".into());
            server.accepting.push(thread.spawn(move || accept(&listener, &shared))?);
        }
        Ok(server)
    }

    /// How many connections were accepted so far.
    pub(in super::super) fn accepted(&self) -> u64 {
        self.shared.accepted.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.set();
        for address in &self.addresses {
            // Wakes `accept`, which the standard library cannot interrupt.
            drop(TcpStream::connect(address));
        }
        for thread in self.accepting.drain(..) {
            drop(thread.join());
        }
        for stream in self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).values() {
            drop(stream.shutdown(Shutdown::Both));
        }
        let threads: Vec<_> =
            self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for thread in threads {
            drop(thread.join());
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stop.is_set() {
            return;
        }
        let Ok(stream) = stream else { continue };
        let number = shared.accepted.fetch_add(1, Ordering::Relaxed);
        let Ok(handle) = stream.try_clone() else { continue };
        shared.open.lock().unwrap_or_else(PoisonError::into_inner).insert(number, handle);
        let its_shared = Arc::clone(shared);
        let thread = thread::Builder::new().name("emulator-connection".into()).spawn(move || {
            // How a connection ends is the client's affair; it sees the same.
            drop(converse(stream, &its_shared));
            let handle = its_shared.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
            if let Some(handle) = handle {
                drop(handle.shutdown(Shutdown::Both));
            }
        });
        let mut threads = shared.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| !thread.is_finished());
        threads.extend(thread.ok());
    }
}

fn converse(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match &shared.tls {
        None => connection::serve(&mut stream, &*shared.handler, &shared.stop),
        Some(config) => {
            let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
            let mut stream = StreamOwned::new(session, stream);
            let result = connection::serve(&mut stream, &*shared.handler, &shared.stop);
            stream.conn.send_close_notify();
            while stream.conn.wants_write() && stream.conn.write_tls(&mut stream.sock).is_ok_and(|n| n > 0) {}
            result
        }
    }
}
