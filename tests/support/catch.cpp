// Gives the precompiled Catch2 a source to be made for; every test file then borrows it.
#include "support/catch.hpp"
