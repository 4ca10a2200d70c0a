//! The credentials of a run and everybody who does something with them. Compiled once per flavour.

use std::sync::{Arc, Weak};

use identity_core::Cache;

use super::driver::{Credential, Refresh};
use super::floor::{self, Floor};
use super::{SimulatedHost, flavour};
use crate::simulation::ledger::Who;
use crate::simulation::plan::{Asked, Plan};
use crate::simulation::sabotage::Sabotage;
use crate::simulation::source::Watched;
use crate::simulation::stage::Stage;
use crate::simulation::world::World;

type Subject = Credential<Watched, SimulatedHost>;

/// Credentials, as their owners hold them, and the floor that callers act on.
pub(in crate::simulation) struct Cast {
    world: World,
    floor: Floor,
    handles: Vec<Option<Subject>>,
    alive: Vec<Weak<()>>,
    caches: Vec<(Cache, usize)>,
}

impl Stage for Cast {
    const LEADERS_STAY: bool = floor::LEADERS_STAY;

    fn new(world: &World, plan: &Plan) -> Result<Self, String> {
        let floor = Floor::new(world);
        let separate = world.is_sabotaged(Sabotage::SeparateCaches);
        let caches: Vec<(Cache, usize)> =
            plan.caches.iter().map(|capacity| (Cache::with_capacity(*capacity), *capacity)).collect();
        let (mut handles, mut alive) = (Vec::new(), Vec::new());
        for (index, credential) in plan.credentials.iter().enumerate() {
            let life = Arc::new(());
            alive.push(Arc::downgrade(&life));
            let source = Watched::new(world, index, credential.client, life);
            let host = SimulatedHost { world: world.clone(), floor: floor.clone(), credential: index };
            let cache = if separate { Cache::new() } else { caches[credential.cache].0.clone() };
            let refresh = if credential.inline { Refresh::Inline } else { Refresh::Background };
            let built = Credential::on(host, source).cache(cache).refresh(refresh).build();
            handles.push(Some(built.map_err(|error| error.to_string())?));
        }
        Ok(Self { world: world.clone(), floor, handles, alive, caches })
    }

    fn call(&mut self, credential: usize, id: usize, asked: Asked) {
        if let Some(subject) = self.handles[credential].clone() {
            let world = self.world.clone();
            self.floor.start(Who::Call(id), floor::task!(call(subject, world, id, asked)));
        }
    }

    fn has_handle(&self, credential: usize) -> bool {
        self.handles[credential].is_some()
    }

    fn close(&mut self, credential: usize) {
        if let Some(subject) = self.handles[credential].clone() {
            let world = self.world.clone();
            self.floor.start(Who::Closer(credential), floor::task!(close(subject, world, credential)));
        }
    }

    fn drop_handle(&mut self, credential: usize) {
        let handle = self.handles[credential].take();
        if self.world.is_sabotaged(Sabotage::Leak) {
            std::mem::forget(handle);
        } else {
            drop(handle);
        }
        self.floor.look();
    }

    fn invalidate(&self, credential: usize, asked: Asked) {
        if let Some(subject) = &self.handles[credential]
            && let Some(token) = subject.cached_token(&asked.request().with_force_refresh(false))
        {
            subject.invalidate(&asked.request(), &token);
        }
    }

    fn clear(&self, credential: usize) {
        if let Some(subject) = &self.handles[credential] {
            subject.clear_cache();
        }
    }

    fn has_token(&self, credential: usize, asked: Asked) -> bool {
        let handle = self.handles[credential].as_ref();
        handle.is_some_and(|subject| subject.cached_token(&asked.request()).is_some())
    }

    fn is_over_bound(&self) -> bool {
        self.caches.iter().any(|(cache, capacity)| cache.len() > *capacity)
    }

    fn floor(&self) -> &dyn floor::Actors {
        &self.floor
    }

    fn leftovers(&mut self) -> Vec<String> {
        let mut left = self.floor.leftovers();
        let alive = self.alive.iter().enumerate().filter(|(_, life)| life.strong_count() > 0);
        left.extend(alive.map(|(credential, _)| format!("credential {credential} is left")));
        left
    }
}

/// Somebody who needs a token.
#[flavour]
async fn call(credential: Subject, world: World, id: usize, asked: Asked) {
    world.call_sets_out(id);
    let mut request = asked.request();
    if world.is_sabotaged(Sabotage::NeverContent) && credential.cached_token(&request).is_some() {
        request = request.with_force_refresh(true);
    }
    let result = credential.get_token(&request).await;
    world.call_ends(id, result);
}

/// Somebody who closes a credential.
#[flavour]
async fn close(credential: Subject, world: World, index: usize) {
    world.close_begins(index);
    if !world.is_sabotaged(Sabotage::NoClose) {
        credential.close().await;
    }
    world.close_returned(index, floor::STRICT);
}
