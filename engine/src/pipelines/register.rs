//! Registration of an edited picture to its source.
