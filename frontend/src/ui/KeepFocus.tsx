import { Component, createRef, type ReactNode } from 'react'

interface Props {
  children: ReactNode
  className?: string
}

/** Controls that take one another's place: the one that comes gets the focus of the one that goes. */
export class KeepFocus extends Component<Props> {
  private readonly box = createRef<HTMLSpanElement>()

  override getSnapshotBeforeUpdate(): boolean {
    return this.box.current?.contains(document.activeElement) ?? false
  }

  override componentDidUpdate(_props: Props, _state: unknown, had: boolean) {
    const box = this.box.current
    if (had && box && !box.contains(document.activeElement)) box.querySelector<HTMLElement>('button:not(:disabled), a[href]')?.focus()
  }

  override render() {
    return (
      <span ref={this.box} className={this.props.className}>
        {this.props.children}
      </span>
    )
  }
}
