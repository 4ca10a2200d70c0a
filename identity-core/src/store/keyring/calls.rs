//! The calls of the Secret Service API that a cache needs, and what their replies say.

use super::message::{Call, Malformed, Reply};
use super::wire::Writer;

const BUS: &str = "org.freedesktop.DBus";
const SECRETS: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const ITEM: &str = "org.freedesktop.Secret.Item";

/// The attribute that Azure Identity marks its items with, besides the name of the cache as schema.
const ATTRIBUTE: (&str, &str) = ("MsalClientID", "Microsoft.Developer.IdentityService");
const LABEL: &str = "MSALCache";

/// What an item holds.
pub type Secret = Vec<u8>;

/// The first call on every connection.
pub fn hello() -> Call {
    call(BUS, "/org/freedesktop/DBus", BUS, "Hello", "", |_| {})
}

/// Opens a session in which secrets travel as they are: the bus is a local socket of this very user.
pub fn open_session() -> Call {
    call(SECRETS, SERVICE_PATH, SERVICE, "OpenSession", "sv", |out| {
        out.string("plain").signature("s").string("");
    })
}

/// The path of the session.
///
/// # Errors
/// [`Malformed`].
pub fn read_session(reply: &Reply) -> Result<String, Malformed> {
    let mut reader = reply.expect("vo")?;
    match reader.signature()? {
        "s" => drop(reader.string()?),
        "ay" => drop(reader.bytes()?),
        _ => return Err(Malformed),
    }
    Ok(reader.string()?.to_owned())
}

/// Looks for the items of a cache.
pub fn search(cache: &str) -> Call {
    call(SECRETS, SERVICE_PATH, SERVICE, "SearchItems", "a{ss}", |out| {
        out.array(|out| {
            for (name, value) in [ATTRIBUTE, ("xdg:schema", cache)] {
                out.align(8).string(name).string(value);
            }
        });
    })
}

/// The paths of the items that were found: those that can be read, and those that are locked.
///
/// # Errors
/// [`Malformed`].
pub fn read_search(reply: &Reply) -> Result<(Vec<String>, Vec<String>), Malformed> {
    let mut reader = reply.expect("aoao")?;
    Ok((reader.strings()?, reader.strings()?))
}

/// Reads an item.
pub fn get_secret(item: &str, session: &str) -> Call {
    call(SECRETS, item, ITEM, "GetSecret", "o", |out| {
        out.string(session);
    })
}

/// What an item holds.
///
/// # Errors
/// [`Malformed`].
pub fn read_secret(reply: &Reply) -> Result<Secret, Malformed> {
    let mut reader = reply.expect("(oayays)")?;
    reader.string()?;
    reader.bytes()?;
    Ok(reader.bytes()?.to_vec())
}

/// Asks for the collection that new items go to.
pub fn default_collection() -> Call {
    call(SECRETS, SERVICE_PATH, SERVICE, "ReadAlias", "s", |out| {
        out.string("default");
    })
}

/// The path in a reply; `/` stands for none.
///
/// # Errors
/// [`Malformed`].
pub fn read_path(reply: &Reply) -> Result<String, Malformed> {
    Ok(reply.expect(if reply.signature == "oo" { "oo" } else { "o" })?.string()?.to_owned())
}

/// Asks whether a collection is locked.
pub fn is_locked(collection: &str) -> Call {
    call(SECRETS, collection, "org.freedesktop.DBus.Properties", "Get", "ss", |out| {
        out.string(COLLECTION).string("Locked");
    })
}

/// A truth value in a variant.
///
/// # Errors
/// [`Malformed`].
pub fn read_bool(reply: &Reply) -> Result<bool, Malformed> {
    let mut reader = reply.expect("v")?;
    if reader.signature()? == "b" { Ok(reader.u32()? != 0) } else { Err(Malformed) }
}

/// Writes the item of a cache, in the place of one that is there.
pub fn create_item(collection: &str, session: &str, cache: &str, content: &[u8]) -> Call {
    call(SECRETS, collection, COLLECTION, "CreateItem", "a{sv}(oayays)b", |out| {
        out.array(|out| {
            out.align(8).string("org.freedesktop.Secret.Item.Label").signature("s").string(LABEL);
            out.align(8).string("org.freedesktop.Secret.Item.Attributes").signature("a{ss}");
            out.array(|out| {
                for (name, value) in [ATTRIBUTE, ("xdg:schema", cache)] {
                    out.align(8).string(name).string(value);
                }
            });
        });
        out.align(8).string(session).bytes(b"").bytes(content).string("text/plain").u32(1);
    })
}

/// Removes an item.
pub fn delete_item(item: &str) -> Call {
    call(SECRETS, item, ITEM, "Delete", "", |_| {})
}

fn call(
    destination: &'static str,
    path: &str,
    interface: &'static str,
    member: &'static str,
    signature: &'static str,
    write: impl FnOnce(&mut Writer),
) -> Call {
    let mut body = Writer::default();
    write(&mut body);
    Call { destination, path: path.to_owned(), interface, member, signature, body: body.0 }
}
