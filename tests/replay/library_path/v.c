int Version(void) { return VERSION; }
