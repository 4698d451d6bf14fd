// What LeakSanitizer must not hold against us: memory that libgit2 1.5 itself loses.  The hooks are
// called by the sanitizers' runtimes and by nothing else.

// Without whole stacks the functions of libgit2, which has no frame pointers, cannot be named.
extern "C" const char* __asan_default_options() {  // NOLINT(bugprone-reserved-identifier)
  return "fast_unwind_on_malloc=0";
}

extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return
      // The match data of an expression that does not match, for each key of a configuration.
      "leak:git_regexp_match\n"
      // The references on the way to one that cannot be resolved.
      "leak:git_refdb_resolve\n";
}
