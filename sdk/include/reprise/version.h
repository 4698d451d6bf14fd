/* The version of the SDK: semantic versioning (semver.org).  The build checks these numbers against
   the project's. */

#ifndef REPRISE_VERSION_H_
#define REPRISE_VERSION_H_

#define REPRISE_VERSION_MAJOR 0
#define REPRISE_VERSION_MINOR 1
#define REPRISE_VERSION_PATCH 0
#define REPRISE_VERSION "0.1.0"

#endif /* REPRISE_VERSION_H_ */
