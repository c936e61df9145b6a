// Memory that processes share is not copied by fork: a copied replay gets memory of its own with
// the same contents, which then takes the place of the original's in each of its processes.
#pragma once

#include "replay/mapped_files.h"
#include "replay/task.h"
#include "tracee/remote_call.h"
#include "util/fd.h"

namespace rr::replay {

// A memfd of that name with a copy of what another one holds. Holes stay holes.
OwnedFd copy_memory(int from, const char* name);

// Adds copies of all memory that this process shares and that has none yet (anonymous memory, whose
// pages are read where they are mapped); `files` keeps them.
void copy_shared_memory(const Task& task, MappedFiles& files, MappedFiles::Copies& copies);

// `task` is of the copied process, which still maps the original's memory. In private mappings the
// pages that the process has made its own stay.
void map_copies(Task& task, const MappedFiles::Copies& copies);

}  // namespace rr::replay
