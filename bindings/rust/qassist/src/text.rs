//! Texts on their way to C and back.

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{compiler_fence, Ordering};

use crate::{Error, Result};

pub(crate) fn c_text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::InvalidArgument)
}

pub(crate) fn c_path(path: &Path) -> Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::InvalidArgument)
}

/// A text that may be missing, for a C function to look at; NULL where it is.
pub(crate) struct OptionalText(Option<CString>);

impl OptionalText {
    pub(crate) fn new(text: Option<&str>) -> Result<Self> {
        Ok(Self(text.map(c_text).transpose()?))
    }

    pub(crate) fn of_path(path: Option<&Path>) -> Result<Self> {
        Ok(Self(path.map(c_path).transpose()?))
    }

    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.0.as_ref().map_or(ptr::null(), |text| text.as_ptr())
    }
}

/// A code or token for a C function to look at; its memory is wiped.
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    pub(crate) fn new(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        Self(bytes)
    }

    pub(crate) fn check(&self) -> Result<()> {
        match CStr::from_bytes_with_nul(&self.0) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::InvalidArgument),
        }
    }

    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        for byte in &mut self.0 {
            // SAFETY: a plain write to memory that is ours, one that is not optimised away.
            unsafe { ptr::write_volatile(byte, 0) };
        }
        compiler_fence(Ordering::SeqCst);
    }
}

/// # Safety
/// `text` is NULL or a string that lives as long as the result is used.
pub(crate) unsafe fn text_of<'a>(text: *const c_char) -> Cow<'a, str> {
    if text.is_null() {
        return Cow::Borrowed("");
    }
    CStr::from_ptr(text).to_string_lossy()
}
