#pragma once

// All of tandem that runs on an operating system, in the order of the chapter.

#include "tandem/core/any_error.hpp"
#include "tandem/core/diagnostics.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/core/send.hpp"
#include "tandem/core/static_str.hpp"
#include "tandem/core/unit.hpp"

#include "tandem/thread/available_parallelism.hpp"
#include "tandem/thread/builder.hpp"
#include "tandem/thread/join_handle.hpp"
#include "tandem/thread/panic_payload.hpp"
#include "tandem/thread/scope.hpp"
#include "tandem/thread/spawn.hpp"
#include "tandem/thread/thread.hpp"

#include "tandem/sync/arc.hpp"
#include "tandem/sync/barrier.hpp"
#include "tandem/sync/condvar.hpp"
#include "tandem/sync/lazy_lock.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/sync/once.hpp"
#include "tandem/sync/once_lock.hpp"
#include "tandem/sync/poison.hpp"
#include "tandem/sync/rwlock.hpp"

#include "tandem/exercises/word_counter.hpp"
