/* What the shared library shows to the programs that link it; all else in it is hidden. */

#ifndef REPRISE_EXPORT_H_
#define REPRISE_EXPORT_H_

#if defined(__GNUC__)
#define REPRISE_EXPORT __attribute__((visibility("default")))
#else
#define REPRISE_EXPORT
#endif

#endif /* REPRISE_EXPORT_H_ */
