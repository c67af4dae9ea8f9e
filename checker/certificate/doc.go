// Package certificate is the file in which a check leaves proof of its verdict, so that
// others need not believe the checker: an order for each key that is linearizable, a core
// for each one that is not. It judges nothing; linearizable.Certify makes certificates and
// checker/verify checks them. Start at Certificate.
package certificate
