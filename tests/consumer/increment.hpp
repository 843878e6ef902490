#pragma once

#include <tandem/tandem.hpp>

void increment(tandem::sync::Arc<tandem::sync::Mutex<int>> counter);
