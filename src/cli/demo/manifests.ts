/** The trap: PostgreSQL carries the same `name` label, so half the requests would end at the database. */
export const TRAPPED_SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: cardboard
spec:
  selector:
    app.kubernetes.io/name: cardboard
  ports:
    - port: 80
      targetPort: 8080
`;

/** The same with the one label that tells the two apart. */
export const RIGHT_SERVICE = TRAPPED_SERVICE.replace(
  '    app.kubernetes.io/name: cardboard\n',
  '    app.kubernetes.io/name: cardboard\n    app.kubernetes.io/component: web\n',
);
