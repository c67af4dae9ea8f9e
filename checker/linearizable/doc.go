// Package linearizable judges whether a history is linearizable. Start at Of.
package linearizable
