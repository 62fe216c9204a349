// A pipeline that runs: its sessions, and where it listens. One session that is always there; or, where a pipeline
// serves many peers, one for each peer address that called, kept while there is room, so that what went wrong can be
// seen and a hold-down holds. Data and choices; the supervisor acts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/listen.hh"
#include "super/supervisor.hh"

namespace super {

struct Instance {
  std::uint32_t id = 0;
  SessionWorker* worker = nullptr;
  base::Address peer;  // whom it is for; empty: the only one
  pipeline::SessionStatus latest;
  base::Nanos called = 0;  // when it was last given a connection, mono

  bool down() const;
};

struct Running {
  std::shared_ptr<const pipeline::PipelineSpec> spec;
  std::vector<Instance> sessions;
  std::vector<net::ListenerSet::Id> listeners;
  std::string listen_error;
  bool stopped = false;      // by an operator
  bool retiring = false;     // removed from the configuration; its sessions are ending
  base::Nanos since = 0;     // mono: when it began to wait, for a pipeline without a session
  base::Nanos refused = 0;   // mono: when a peer was last told to be one too many
  std::uint64_t turned = 0;  // peers turned away since then

  Instance* find(std::uint32_t session);
  Instance* find(const base::Address& peer);
  // A session whose place another peer may take: the one longest down, not held down, without a call just under way.
  // Null: none.
  const Instance* replaceable(base::Nanos now) const;
  // Sessions of peers that are gone for so long that nobody asks for them any more.
  std::vector<std::uint32_t> forgotten(base::Nanos now) const;
  PipelineStatus status() const;
};

}  // namespace super
