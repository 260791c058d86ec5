#include "screen/prompt_classes.h"

#include <string.h>

/* As the programs themselves name their windows. GNOME Shell and Cinnamon draw theirs without one.
 */
const char prompt_classes_default[] =
    "polkit-gnome-authentication-agent-1 polkit-mate-authentication-agent-1 "
    "polkit-kde-authentication-agent-1 org.kde.polkit-kde-authentication-agent-1 "
    "polkit-ukui-authentication-agent-1 lxpolkit lxqt-policykit-agent xfce-polkit xfce4-polkit "
    "budgie-polkit dde-polkit-agent io.elementary.desktop.agent-polkit agent-polkit "
    "pinentry* title:pinentry-fltk gcr-prompter* "
    "ssh-askpass* x11-ssh-askpass* sshaskpass gnome-ssh-askpass* ksshaskpass "
    "org.kde.ksshaskpass lxqt-openssh-askpass "
    "gksu* kdesu* org.kde.kdesu lxqt-sudo beesu ktsuss";

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

static bool item_names(const char *item, size_t item_length, const char *name, size_t length)
{
    if (item_length && item[item_length - 1] == '*')
        return length >= item_length - 1 && same(item, name, item_length - 1);
    return length == item_length && same(item, name, length);
}

/* Looks at the items that begin with `kind` or, where that is empty, at those that are classes. */
static bool list_names(const char *list, const char *kind, const char *name, size_t length)
{
    static const char separators[] = ", \t", title[] = "title:";
    size_t kind_length = strlen(kind);
    if (!length)
        return false;
    for (const char *item = list + strspn(list, separators); *item;
         item += strspn(item, separators)) {
        size_t item_length = strcspn(item, separators);
        bool is_title = item_length >= sizeof title - 1 && same(item, title, sizeof title - 1);
        if (is_title == (kind_length > 0) &&
            item_names(item + kind_length, item_length - kind_length, name, length))
            return true;
        item += item_length;
    }
    return false;
}

bool prompt_classes_name(const char *list, const char *name, size_t length)
{
    return list_names(list, "", name, length);
}

bool prompt_classes_title(const char *list, const char *title, size_t length)
{
    return list_names(list, "title:", title, strnlen(title, length));
}

bool prompt_classes_match(const char *list, const char *property, size_t length)
{
    size_t instance = strnlen(property, length);
    if (prompt_classes_name(list, property, instance))
        return true;
    if (instance + 1 >= length)
        return false;
    const char *class = property + instance + 1;
    return prompt_classes_name(list, class, strnlen(class, length - instance - 1));
}
