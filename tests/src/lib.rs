//! Holds nothing: the tests are the files beside this folder.
