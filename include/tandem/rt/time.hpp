#pragma once

#include "tandem/rt/time/instant.hpp"
#include "tandem/rt/time/interval.hpp"
#include "tandem/rt/time/pause.hpp"
#include "tandem/rt/time/sleep.hpp"
#include "tandem/rt/time/timeout.hpp"
