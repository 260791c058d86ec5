/* All of qassist's public interface. */
#ifndef QASSIST_QASSIST_H
#define QASSIST_QASSIST_H

#include <qassist/annotate.h>
#include <qassist/check.h>
#include <qassist/consent.h>
#include <qassist/context.h>
#include <qassist/errors.h>
#include <qassist/helper.h>
#include <qassist/identity.h>
#include <qassist/input.h>
#include <qassist/picture.h>
#include <qassist/screen.h>
#include <qassist/session.h>
#include <qassist/sharer.h>

#endif
