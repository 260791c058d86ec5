/* What load balancers say: a PROXY header, and as text addresses and lists of them. */
#include <string.h>

#include <qassist/errors.h>

#include "fuzz.h"
#include "relay/proxy_header.h"

static void must_be_clean(const struct address *address)
{
    static const uint8_t zeros[ADDRESS_BYTES];
    size_t used = address->family == 4 ? 4 : address->family == 6 ? ADDRESS_BYTES : 0;
    must(address->family == 0 || used);
    /* Two of the same address are the same bytes: limits compare them. */
    must(!memcmp(address->bytes + used, zeros, ADDRESS_BYTES - used));
}

static void try_header(const uint8_t *data, size_t size)
{
    struct address from;
    if (size < PROXY_HEADER_START)
        return;
    int length = proxy_header_length(data);
    must(length == QA_EPROTO || length == QA_ELIMIT ||
         (length >= PROXY_HEADER_START && length <= PROXY_HEADER_MAX));
    if (length < 0 || (size_t)length > size)
        return;
    /* Memory of its own, so that a sanitizer sees what is read behind it. */
    uint8_t *copy = malloc((size_t)length);
    must(copy);
    memcpy(copy, data, (size_t)length);
    int error = proxy_header_read(copy, (size_t)length, &from);
    free(copy);
    must(!error || error == QA_EPROTO);
    must_be_clean(&from);
}

static void try_text(const uint8_t *data, size_t size)
{
    struct address address;
    struct address_list list;
    char *text = calloc(1, size + 1);
    must(text);
    if (size)
        memcpy(text, data, size);
    if (address_parse(text, size, &address)) {
        must(address.family == 4 || address.family == 6);
        must_be_clean(&address);
    }
    if (!address_list_parse(text, &list)) {
        must(list.count <= ADDRESS_LIST_MAX);
        for (size_t i = 0; i < list.count; i++)
            must(address_list_has(&list, &list.nets[i].address));
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_header(data, size);
    try_text(data, size);
    return 0;
}
