/*
 * Where the worker program is: beside the library, wherever that was put, as the installation laid
 * the two out; else where it was installed.
 */
#ifndef RDP_WORKER_PLACE_H
#define RDP_WORKER_PLACE_H

/* The program's path (free it), NULL when out of memory. */
char *worker_place_find(void);

/*
 * What worker_place_find looks for: with a library configured as PREFIX/lib/... that lies in
 * `folder` now, the worker's configured path below the prefix of today. NULL (or out of memory)
 * where `folder` does not end as the configured one.
 */
char *worker_place_beside(const char *folder, const char *prefix, const char *library_folder,
                          const char *worker);

#endif
