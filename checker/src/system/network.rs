//! Messages in flight.

use serde::Serialize;
use stateright::actor::Id;

/// How messages travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NetworkKind {
    /// In any order. A message that is never delivered is a lost one.
    #[default]
    Unordered,
    /// In order between any two actors, as over one TCP connection: a crash of either end loses
    /// what is in flight between them.
    Ordered,
}

/// Copies of one message that can be in flight. A model with more has no end: it would be wrong to
/// take more for as many.
pub(crate) const MOST_COPIES: usize = u8::MAX as usize;

/// What the model is told that sends more.
pub(crate) fn too_many_copies() -> String {
    format!(
        "more than {MOST_COPIES} copies of one message are in flight; something sends it again \
         and again without a bound"
    )
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Envelope<M> {
    /// Who sent it.
    pub from: Id,
    /// Who is to receive it.
    pub to: Id,
    /// What it says.
    pub message: M,
}

/// Messages in flight. Both forms are kept sorted, so that equal networks are equal values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Network<M> {
    /// A multiset: each distinct envelope with the number of its copies.
    Unordered(Vec<(Envelope<M>, u8)>),
    /// A queue per directed link, the next message first; no link without messages.
    Ordered(Vec<((Id, Id), Vec<M>)>),
}

impl<M: Clone + Ord> Network<M> {
    /// A network with nothing on it.
    pub(crate) fn new(kind: NetworkKind) -> Network<M> {
        match kind {
            NetworkKind::Unordered => Network::Unordered(Vec::new()),
            NetworkKind::Ordered => Network::Ordered(Vec::new()),
        }
    }

    /// Everything in flight, copies repeated.
    pub fn in_flight(&self) -> Vec<Envelope<M>> {
        match self {
            Network::Unordered(envelopes) => envelopes
                .iter()
                .flat_map(|(envelope, copies)| (0..*copies).map(|_| envelope.clone()))
                .collect(),
            Network::Ordered(links) => links
                .iter()
                .flat_map(|((from, to), queue)| {
                    queue.iter().map(|message| envelope(*from, *to, message))
                })
                .collect(),
        }
    }

    /// What may be delivered next: each distinct envelope, or the head of each link.
    pub fn deliverable(&self) -> Vec<Envelope<M>> {
        match self {
            Network::Unordered(envelopes) => envelopes.iter().map(|(e, _)| e.clone()).collect(),
            Network::Ordered(links) => links
                .iter()
                .filter_map(|((from, to), queue)| Some(envelope(*from, *to, queue.first()?)))
                .collect(),
        }
    }

    /// Whether a copy of this is deliverable.
    pub(super) fn contains(&self, envelope: &Envelope<M>) -> bool {
        match self {
            Network::Unordered(envelopes) => {
                envelopes.binary_search_by(|(known, _)| known.cmp(envelope)).is_ok()
            }
            Network::Ordered(links) => {
                let link = (envelope.from, envelope.to);
                let queue =
                    links.binary_search_by(|(known, _)| known.cmp(&link)).map(|i| &links[i].1);
                queue.is_ok_and(|queue| queue.first() == Some(&envelope.message))
            }
        }
    }

    /// Puts a message on its way. Panics beyond [`MOST_COPIES`] copies of one message.
    pub(crate) fn send(&mut self, sent: Envelope<M>) {
        match self {
            Network::Unordered(envelopes) => {
                match envelopes.binary_search_by(|(known, _)| known.cmp(&sent)) {
                    Ok(index) => {
                        let copies = envelopes[index].1.checked_add(1);
                        envelopes[index].1 =
                            copies.unwrap_or_else(|| panic!("{}", too_many_copies()));
                    }
                    Err(index) => envelopes.insert(index, (sent, 1)),
                }
            }
            Network::Ordered(links) => {
                let link = (sent.from, sent.to);
                match links.binary_search_by(|(known, _)| known.cmp(&link)) {
                    Ok(index) => links[index].1.push(sent.message),
                    Err(index) => links.insert(index, (link, vec![sent.message])),
                }
            }
        }
    }

    /// Takes one copy off, if it is deliverable.
    pub(super) fn take(&mut self, taken: &Envelope<M>) -> bool {
        match self {
            Network::Unordered(envelopes) => {
                let Ok(index) = envelopes.binary_search_by(|(known, _)| known.cmp(taken)) else {
                    return false;
                };
                envelopes[index].1 -= 1;
                if envelopes[index].1 == 0 {
                    envelopes.remove(index);
                }
                true
            }
            Network::Ordered(links) => {
                let link = (taken.from, taken.to);
                let Ok(index) = links.binary_search_by(|(known, _)| known.cmp(&link)) else {
                    return false;
                };
                if links[index].1.first() != Some(&taken.message) {
                    return false;
                }
                links[index].1.remove(0);
                if links[index].1.is_empty() {
                    links.remove(index);
                }
                true
            }
        }
    }

    /// Takes every copy of some envelopes off an unordered network.
    pub(super) fn purge(&mut self, obsolete: impl Fn(&Envelope<M>) -> bool) {
        if let Network::Unordered(envelopes) = self {
            envelopes.retain(|(envelope, _)| !obsolete(envelope));
        }
    }

    /// What the crash of an actor does to messages in flight: ordered links to and from it break.
    pub(super) fn disconnect(&mut self, actor: Id) {
        if let Network::Ordered(links) = self {
            links.retain(|((from, to), _)| *from != actor && *to != actor);
        }
    }
}

fn envelope<M: Clone>(from: Id, to: Id, message: &M) -> Envelope<M> {
    Envelope { from, to, message: message.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(kind: NetworkKind, messages: &[(usize, usize, char)]) -> Network<char> {
        let mut network = Network::new(kind);
        for &(from, to, message) in messages {
            network.send(envelope(from.into(), to.into(), &message));
        }
        network
    }

    #[test]
    fn the_order_of_sending_does_not_matter_where_the_network_has_none() {
        let one = sent(NetworkKind::Unordered, &[(0, 1, 'a'), (0, 1, 'b'), (0, 1, 'a')]);
        let other = sent(NetworkKind::Unordered, &[(0, 1, 'b'), (0, 1, 'a'), (0, 1, 'a')]);
        assert_eq!(one, other);
        assert_eq!(one.in_flight().len(), 3);
        assert_eq!(one.deliverable().len(), 2);
    }

    #[test]
    fn a_link_delivers_in_order() {
        let mut network = sent(NetworkKind::Ordered, &[(0, 1, 'b'), (0, 1, 'a'), (1, 0, 'c')]);
        let a = envelope(0.into(), 1.into(), &'a');
        let b = envelope(0.into(), 1.into(), &'b');
        assert!(!network.take(&a), "`a` is behind `b`");
        assert!(network.take(&b) && network.take(&a) && !network.take(&a));
        assert_eq!(network, sent(NetworkKind::Ordered, &[(1, 0, 'c')]));
    }

    #[test]
    fn a_crash_breaks_ordered_links_only() {
        let messages = [(0, 1, 'a'), (1, 2, 'b'), (2, 0, 'c')];
        let mut ordered = sent(NetworkKind::Ordered, &messages);
        ordered.disconnect(1.into());
        assert_eq!(ordered, sent(NetworkKind::Ordered, &[(2, 0, 'c')]));
        let mut unordered = sent(NetworkKind::Unordered, &messages);
        unordered.disconnect(1.into());
        assert_eq!(unordered, sent(NetworkKind::Unordered, &messages));
    }
}
