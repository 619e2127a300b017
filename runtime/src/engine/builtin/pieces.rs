//! A graph cut at the operations that are ours: rten runs what lies between.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rten::{Model, NodeId, RunOptions, ThreadPool, Value, thread_pool};

use super::cut::Cut;
use super::operation::Operation;
use crate::onnx::GraphProto;

/// The pieces in their order.
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    /// What the last one takes, and what it makes.
    last: Vec<NodeId>,
    made_last: HashSet<NodeId>,
    pool: Option<Arc<ThreadPool>>,
}

/// A part of the graph, and the operation of ours after it.
struct Piece {
    takes: Vec<NodeId>,
    /// What later pieces or the operation take.
    gives: Vec<NodeId>,
    operation: Operation,
    from: NodeId,
    to: NodeId,
    /// What nothing takes any more.
    done: Vec<NodeId>,
}

impl Pieces {
    /// Those of a file that `model` was loaded from; nothing where there is no such operation, or the
    /// graph is not one that can be cut so.
    pub fn of(graph: &GraphProto, model: &Model, pool: Option<Arc<ThreadPool>>) -> Option<Self> {
        let cut = Cut::of(graph, model)?;
        let mut pieces = Vec::new();
        let mut done: HashSet<usize> = HashSet::new();
        for found in cut.operations() {
            let needed = cut.before(found.from, &done);
            done.extend(&needed);
            let taken = cut.taken(&needed)?;
            done.extend(&found.nodes);
            let later = cut.taken(&cut.others(&done))?;
            let from = cut.id(found.from)?;
            let made = needed.iter().flat_map(|node| &graph.node[*node].output);
            let gives = made.filter_map(|name| cut.id(name));
            let gives = gives.filter(|id| later.contains(id) || *id == from);
            pieces.push(Piece {
                gives: gives.collect(),
                takes: taken.into_iter().collect(),
                operation: found.operation,
                from,
                to: cut.id(found.to)?,
                done: Vec::new(),
            });
        }
        let rest = cut.others(&done);
        let made = rest.iter().flat_map(|node| &graph.node[*node].output);
        let made_last = made.filter_map(|name| cut.id(name)).collect();
        let last: Vec<NodeId> = cut.taken(&rest)?.into_iter().collect();
        forget(&mut pieces, &last);
        Some(Pieces {
            pieces,
            last,
            made_last,
            pool,
        })
        .filter(|pieces| !pieces.pieces.is_empty())
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether these are all made by the last piece.
    pub fn make(&self, outputs: &[NodeId]) -> bool {
        outputs.iter().all(|id| self.made_last.contains(id))
    }

    /// The graph's outputs, from its inputs; nothing if it could not be run so.
    pub fn run(
        &self,
        model: &Model,
        inputs: &[(NodeId, Value)],
        outputs: &[NodeId],
        options: &RunOptions,
    ) -> Option<Vec<Value>> {
        let run = |values: &Values<'_>, takes: &[NodeId], gives: &[NodeId]| {
            let taken = takes.iter().map(|id| Some((*id, values.get(*id)?.into())));
            let taken = taken.collect::<Option<_>>()?;
            model.run(taken, gives, Some(options.clone())).ok()
        };
        // All of it on one thread of the pool, so that none has to be woken for each piece.
        let pool = self.pool.as_deref().unwrap_or_else(|| thread_pool());
        pool.run(|| {
            let mut values = Values {
                given: inputs.iter().map(|(id, value)| (*id, value)).collect(),
                made: HashMap::new(),
            };
            for piece in &self.pieces {
                let made = run(&values, &piece.takes, &piece.gives)?;
                values.made.extend(piece.gives.iter().copied().zip(made));
                let made = piece.operation.run(values.get(piece.from)?)?;
                values.made.insert(piece.to, made);
                for id in &piece.done {
                    values.made.remove(id);
                }
            }
            run(&values, &self.last, outputs)
        })
    }
}

/// What is there between two pieces.
struct Values<'a> {
    given: HashMap<NodeId, &'a Value>,
    made: HashMap<NodeId, Value>,
}

impl Values<'_> {
    fn get(&self, id: NodeId) -> Option<&Value> {
        self.made.get(&id).or_else(|| self.given.get(&id).copied())
    }
}

/// Values are kept as long as a piece takes them.
fn forget(pieces: &mut [Piece], last: &[NodeId]) {
    let mut needed: HashSet<NodeId> = last.iter().copied().collect();
    for piece in pieces.iter_mut().rev() {
        let there = piece.takes.iter().chain(&piece.gives);
        let done = there.filter(|id| !needed.contains(id)).copied();
        piece.done = done.collect();
        needed.extend(&piece.takes);
    }
}
