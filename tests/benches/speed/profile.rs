//! A loop of hits, and one of its limit, for a profiler to count: `valgrind --tool=callgrind ... profile`.
use identity_core::TokenRequest;
use std::hint::black_box;
pub(crate) fn run() {
    let all = crate::hit::scopes(1);
    let limit = crate::limit::Limit::new(&all, &crate::subject::token());
    let (one, later) = crate::hit::warm(&all);
    let borrowed = [all[0].as_str()];
    let request = TokenRequest::new(&borrowed);
    for _ in 0..100_000 {
        limit_one(&limit, &all[0]);
        hit_one(&one, &request);
        hit_later(&later, &request);
    }
}
#[inline(never)]
fn limit_one(limit: &crate::limit::Limit, scope: &str) {
    drop(black_box(limit.get(black_box(scope))));
}
#[inline(never)]
fn hit_one(one: &crate::subject::Blocking, request: &TokenRequest<'_>) {
    drop(black_box(one.get_token(black_box(request))));
}
#[inline(never)]
fn hit_later(one: &crate::subject::Async, request: &TokenRequest<'_>) {
    drop(black_box(crate::subject::now(one.get_token(black_box(request)))));
}
