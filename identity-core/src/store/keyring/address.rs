//! Where a message bus listens (D-Bus specification, "Server Addresses").

use percent_encoding::percent_decode_str;

/// A local socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Socket {
    /// One with a path.
    Path(String),
    /// One of Linux's that have a name only.
    Abstract(String),
}

/// The local sockets in a list of addresses, in their order; those of other kinds are passed over.
pub fn sockets(addresses: &str) -> Vec<Socket> {
    let local = addresses.split(';').filter_map(|address| address.trim().strip_prefix("unix:"));
    local.flat_map(|members| members.split(',')).filter_map(socket).collect()
}

fn socket(member: &str) -> Option<Socket> {
    let (name, value) = member.split_once('=')?;
    // Only letters, digits and - _ / \ . * stand for themselves.
    let value = percent_decode_str(value).decode_utf8().ok()?.into_owned();
    match name {
        "path" => Some(Socket::Path(value)),
        "abstract" => Some(Socket::Abstract(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_sockets_are_found_in_any_list() {
        let path = |path: &str| Socket::Path(path.into());
        assert_eq!(sockets("unix:path=/run/user/1000/bus"), [path("/run/user/1000/bus")]);
        assert_eq!(
            sockets("tcp:host=localhost,port=1;unix:guid=a=b,path=/tmp/dbus;unix:abstract=/tmp/x,guid=c"),
            [path("/tmp/dbus"), Socket::Abstract("/tmp/x".into())]
        );
        assert_eq!(sockets("unix:path=/home/j%40x/a%20b%3b"), [path("/home/j@x/a b;")]);
        for nothing in ["", ";", "unix:", "unix:runtime=yes", "unix:path=%ff", "path=/x"] {
            assert_eq!(sockets(nothing), [], "{nothing}");
        }
    }
}
