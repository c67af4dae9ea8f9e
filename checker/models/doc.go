// Package models holds the sequential specifications that histories are judged by, one
// a file: what a single client alone would see. They are pure. Start at Register; the states
// of those that hold many elements are built on dict.
package models
