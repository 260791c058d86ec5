/* What is read as a code is shown and read again as the same code. */
#include <string.h>

#include <qassist/errors.h>

#include "fuzz.h"
#include "wire/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct code code, again;
    char shown[CODE_TEXT_SIZE];
    char *text = calloc(1, size + 1);
    must(text);
    if (size)
        memcpy(text, data, size);
    int error = code_parse(text, &code);
    free(text);
    if (error) {
        must(error == QA_ECODE_FORMAT || error == QA_ECODE_CHECK);
        must(!code.route[0] && !code.secret[0]);
        return 0;
    }
    must(code_route_valid(code.route) && strlen(code.secret) == CODE_SECRET_DIGITS);
    code_format(&code, shown);
    must(strlen(shown) < sizeof shown);
    must(!code_parse(shown, &again) && !memcmp(&code, &again, sizeof code));
    return 0;
}
