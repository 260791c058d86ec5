/* Whatever comes in, what comes out is printable, bounded and stays as it is a second time. */
#include <string.h>

#include "fuzz.h"
#include "wire/printable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char out[97], again[97];
    size_t room = fuzz_byte(&data, &size) % sizeof out + 1;
    if (room > sizeof out)
        room = sizeof out;
    char *text = calloc(1, size + 1);
    must(text);
    if (size)
        memcpy(text, data, size);

    size_t length = printable_copy(text, out, room);
    must(length < room && strlen(out) == length && printable_valid(out, length));
    must(printable_copy(out, again, sizeof again) == length && !strcmp(out, again));
    if (printable_valid(text, room - 1))
        must(!strcmp(out, text));

    length = printable_first_name_initial(text, out, room);
    must(length < room && strlen(out) == length && printable_valid(out, length));
    free(text);
    return 0;
}
