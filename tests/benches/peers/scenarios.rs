//! What is compared: hits, fetched tokens, many callers at once, and callers while a token is being refreshed.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use identity_async::TokenRequest;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::loopback::{Loopback, TOKEN_LENGTH};
use crate::peer::{Azure, Google, Ours, Peer, SCOPE, blocking, client, form};
use crate::rounds::{Contender, Samples, awaits, calls, measure};
use crate::table::{Column, Table};

const LONG: u64 = 86_400;

/// A token that is there.
pub(crate) fn hit(table: &mut Table, runtime: &Runtime, server: &Loopback) {
    let (sync, ours, azure, google) =
        (blocking(server), Ours::new(server), Azure::new(server), Google::new(server));
    let scopes = [SCOPE];
    let request = TokenRequest::new(&scopes);
    sync.get_token(&request).unwrap();
    runtime.block_on(async {
        for first in [ours.get(SCOPE).await, azure.get(SCOPE).await, google.get(SCOPE).await] {
            assert_eq!(first, Ok(TOKEN_LENGTH));
        }
    });
    let [sync, ours, azure, google] = measure(
        41,
        Duration::from_millis(8),
        [
            calls(|| sync.get_token(black_box(&request))),
            awaits(|| ours.get(black_box(SCOPE))),
            awaits(|| azure.get(black_box(SCOPE))),
            awaits(|| google.get(black_box(SCOPE))),
        ],
    );
    let columns = [Column::Blocking, Column::Async, Column::Azure, Column::Google];
    for (column, samples) in columns.into_iter().zip([sync, ours, azure, google]) {
        table.enter("a cached token", column, format!("{:.0} ns", samples.median()));
    }
}

/// A token that is not there, over a warm connection with TLS, and what that is to the bare client's POST.
pub(crate) fn fetched(table: &mut Table, runtime: &Runtime, server: &Loopback) {
    let url = format!("{}/tenant/oauth2/v2.0/token", server.authority);
    let (bare, ours, azure, sync) =
        (client(server), Arc::new(Ours::new(server)), Arc::new(Azure::new(server)), blocking(server));
    let bare: Contender<'_> = Box::new(|count| {
        let (bare, url) = (bare.clone(), url.clone());
        let task = runtime.spawn(async move {
            for _ in 0..count {
                let answer = bare.post(&url).header("accept", "application/json").form(&form());
                let answer = answer.send().await.unwrap().bytes().await.unwrap();
                let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
                assert_eq!(answer["access_token"].as_str().map(str::len), Some(TOKEN_LENGTH));
            }
        });
        runtime.block_on(task).unwrap();
    });
    let ours: Contender<'_> = Box::new(|count| {
        let ours = ours.clone();
        let task = runtime.spawn(async move {
            let request = TokenRequest::new(&[SCOPE]).with_force_refresh(true);
            for _ in 0..count {
                drop(ours.0.get_token(&request).await.unwrap());
            }
        });
        runtime.block_on(task).unwrap();
    });
    // That library has no other way around its cache.
    let mut next = 0;
    let azure: Contender<'_> = Box::new(|count| {
        let (azure, from) = (azure.clone(), next);
        next += count;
        let task = runtime.spawn(async move {
            for index in from..from + count {
                azure.get(&format!("https://resource-{index}.example.net/.default")).await.unwrap();
            }
        });
        runtime.block_on(task).unwrap();
    });
    let sync: Contender<'_> = Box::new(|count| {
        for _ in 0..count {
            drop(sync.get_token(&TokenRequest::new(&[SCOPE]).with_force_refresh(true)).unwrap());
        }
    });
    let [bare, ours, azure, sync] = measure(41, Duration::from_millis(15), [bare, ours, azure, sync]);
    let shown = |samples: &Samples| format!("{:.0} us, {:.2}x", samples.median() / 1e3, samples.ratio(&bare));
    let row = "a new token over warm TLS, against the bare POST of reqwest (Python: requests)";
    table.enter(row, Column::Blocking, shown(&sync));
    table.enter(row, Column::Async, shown(&ours));
    table.enter(row, Column::Azure, shown(&azure));
}

/// Many callers of an empty cache.
pub(crate) fn herd<P: Peer>(table: &mut Table, runtime: &Runtime, server: &Loopback) {
    server.conduct.lifetime.store(LONG, Relaxed);
    server.conduct.delay.store(50, Relaxed);
    let _inside = runtime.enter();
    let peer = Arc::new(P::new(server));
    let before = server.conduct.requests.load(Relaxed);
    let (answers, took) = runtime.block_on(all(&peer, (0..1000).map(|_| SCOPE.to_owned())));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let requests = server.conduct.requests.load(Relaxed) - before;
    let figure = format!("{requests}, {:.0} ms", took.as_secs_f64() * 1e3);
    table.enter("1,000 callers, no token: requests and time (endpoint 50 ms)", P::COLUMN, figure);
    if P::COLUMN == Column::Google {
        return server.conduct.delay.store(0, Relaxed);
    }
    let scopes = (0..20).map(|index| format!("https://resource-{index}.example.net/.default"));
    let (_, took) = runtime.block_on(all(&Arc::new(P::new(server)), scopes));
    let figure = format!("{:.0} ms", took.as_secs_f64() * 1e3);
    table.enter("20 scopes at once (endpoint 50 ms)", P::COLUMN, figure);
    server.conduct.delay.store(200, Relaxed);
    let beside = runtime.block_on(async {
        let (fetching, other) = (peer.clone(), "https://storage.azure.com/.default");
        let fetch = tokio::spawn(async move { fetching.get(other).await });
        tokio::time::sleep(Duration::from_millis(20)).await;
        let began = Instant::now();
        peer.get(SCOPE).await.unwrap();
        let took = began.elapsed();
        fetch.await.unwrap().unwrap();
        took
    });
    let row = "a cached token while another scope is being fetched (endpoint 200 ms)";
    table.enter(row, P::COLUMN, milliseconds(beside));
    server.conduct.delay.store(0, Relaxed);
}

/// Callers of a token that is to be refreshed, and valid for minutes.
pub(crate) fn window<P: Peer>(table: &mut Table, runtime: &Runtime, server: &Loopback) {
    let _inside = runtime.enter();
    let due = |delay: u64, status: u16| {
        let (lifetime, wait) = P::WINDOW;
        server.conduct.lifetime.store(lifetime, Relaxed);
        let peer = Arc::new(P::new(server));
        runtime.block_on(peer.get(SCOPE)).unwrap();
        server.conduct.delay.store(delay, Relaxed);
        server.conduct.status.store(status, Relaxed);
        runtime.block_on(tokio::time::sleep(Duration::from_millis(wait * 1000 + 50)));
        peer
    };
    let peer = due(200, 200);
    let (_, took) = runtime.block_on(all(&peer, (0..8).map(|_| SCOPE.to_owned())));
    let row = "slowest of 8 callers in the refresh window (endpoint 200 ms)";
    table.enter(row, P::COLUMN, milliseconds(took));
    server.conduct.delay.store(0, Relaxed);
    let peer = due(0, 503);
    let began = Instant::now();
    let what = if runtime.block_on(peer.get(SCOPE)).is_ok() { "the token" } else { "an error" };
    let figure = format!("{what} after {}", milliseconds(began.elapsed()));
    table.enter("a caller in the refresh window while the endpoint answers 503", P::COLUMN, figure);
    server.conduct.status.store(200, Relaxed);
}

/// Asks for all of them at once: the answers, and the time until the last.
async fn all<P: Peer>(
    peer: &Arc<P>,
    scopes: impl Iterator<Item = String>,
) -> (Vec<Result<usize, String>>, Duration) {
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for scope in scopes {
        let peer = peer.clone();
        callers.spawn(async move { peer.get(&scope).await });
    }
    (callers.join_all().await, began.elapsed())
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        ..10.0 => format!("{milliseconds:.2} ms"),
        ..10_000.0 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.0} s", milliseconds / 1e3),
    }
}
