export class Inspector {
  open() {}
  close() {}
}
